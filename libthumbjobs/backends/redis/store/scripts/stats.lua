-- Returns the jobs in each state, how many of the queued are delayed, since when the oldest ready
-- job has waited in ms (-1: none is ready), and how many finished within the last minute.
if not begin() then
    return no_store()
end
local stats = {}
for state = QUEUED, CANCELLED do
    stats[#stats + 1] = redis.call('ZCARD', LISTED .. state)
end
stats[#stats + 1] = redis.call('ZCOUNT', DUE, '(' .. string.format('%.0f', boot), '+inf')
local oldest = -1
for _, index in ipairs({SINCE, DUE}) do -- some of the delayed may be ready that no claim has moved
    local first = redis.call('ZRANGE', index, 0, 0, 'WITHSCORES')
    if first[2] and tonumber(first[2]) <= boot then
        oldest = math.max(oldest, boot - first[2])
    end
end
stats[#stats + 1] = oldest
local second, finished = math.floor(boot / 1000), 0
local counts = redis.call('HGETALL', FINISHED)
for i = 1, #counts, 2 do
    local at = tonumber(counts[i])
    if at > second - 60 and at <= second then
        finished = finished + counts[i + 1]
    end
end
stats[#stats + 1] = finished
return stats
