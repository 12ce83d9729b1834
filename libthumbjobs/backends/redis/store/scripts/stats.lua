-- Returns the jobs in each state, how many of the queued are delayed, since when the oldest ready
-- job has waited in ms (-1: none is ready), and how many finished within the last minute.
if not begin() then
    return no_store()
end
local late = redis.call('ZCARD', LATE)

-- When the first of these became ready that is not late. Of one priority, that is the oldest of them.
local function first_born(from, to)
    for offset = 0, late, 500 do
        local ids = redis.call('ZRANGEBYSCORE', READY, from, to, 'LIMIT', whole(offset), '500')
        local scores = #ids > 0 and redis.call('ZMSCORE', LATE, unpack(ids)) or {}
        for i, id in ipairs(ids) do
            local job = not scores[i] and load(id)
            if job then
                return job[BORN]
            end
        end
    end
    return boot
end

local function oldest_of_all()
    local oldest = -1
    for _, index in ipairs({LATE, DUE}) do -- some of the delayed may be ready that no claim has moved
        local first = redis.call('ZRANGE', index, '0', '0', 'WITHSCORES')
        if first[2] and tonumber(first[2]) <= boot then
            oldest = math.max(oldest, boot - first[2])
        end
    end
    local first = redis.call('ZRANGE', READY, '0', '0', 'WITHSCORES')
    while first[2] do -- once for each priority
        local class = math.floor(first[2] / 17592186044416)
        local from = string.format('%.0f', class * 17592186044416)
        local to = string.format('(%.0f', (class + 1) * 17592186044416)
        oldest = math.max(oldest, boot - first_born(from, to))
        first = redis.call('ZRANGEBYSCORE', READY, string.sub(to, 2), '+inf', 'WITHSCORES', 'LIMIT', '0', '1')
    end
    return oldest
end

local stats = {redis.call('ZCARD', READY) + redis.call('ZCARD', DUE), redis.call('ZCARD', RUN)}
for state = SUCCEEDED, CANCELLED do
    stats[#stats + 1] = redis.call('ZCARD', ENDED_JOBS .. state)
end
stats[#stats + 1] = redis.call('ZCOUNT', DUE, '(' .. whole(boot), '+inf')
stats[#stats + 1] = oldest_of_all()
local second, ended = math.floor(boot / 1000), 0
local counts = redis.call('HGETALL', FINISHED)
counts[#counts + 1], counts[#counts + 2] = finished_at, finished
for i = 1, #counts, 2 do
    local at = tonumber(counts[i])
    if at > second - 60 and at <= second then
        ended = ended + counts[i + 1]
    end
end
stats[#stats + 1] = ended
return stats
