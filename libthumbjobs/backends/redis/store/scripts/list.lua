-- A page of jobs by id. ARGV: 3 how many, 4 the id after which it begins (empty: the start), 5
-- 1 for ascending, from 6 on states. Returns the history and sequence of events, then each job.
if not begin() then
    return no_store()
end
local most, ascending = tonumber(ARGV[3]), ARGV[5] == '1'
local wanted, found = {}, {}
for at = 6, #ARGV do
    wanted[tonumber(ARGV[at])] = true
end

local function stretch(index, after)
    if ascending then
        return redis.call('ZRANGEBYLEX', index, after == '' and '-' or '(' .. after, '+', 'LIMIT', '0', most)
    end
    return redis.call('ZREVRANGEBYLEX', index, after == '' and '+' or '(' .. after, '-', 'LIMIT', '0', most)
end

local function is_behind(id)
    return ARGV[4] == '' or (ascending and id > ARGV[4]) or (not ascending and id < ARGV[4])
end

local function find(id, text)
    found[#found + 1] = {id, text}
end

for state = SUCCEEDED, CANCELLED do
    if wanted[state] then
        for _, id in ipairs(stretch(ENDED_JOBS .. state, ARGV[4])) do
            find(id)
        end
    end
end
if wanted[PROCESSING] and not wanted[QUEUED] then
    for _, marked in ipairs(redis.call('ZRANGE', RUN, '0', '-1')) do
        if is_behind(id_of(marked)) then
            find(id_of(marked))
        end
    end
elseif wanted[QUEUED] then
    local left, after = most, ARGV[4]
    while left > 0 do -- it reads more than a page by as many as are being processed, at the most
        local ids = stretch(OPEN_JOBS, after)
        for i, text in ipairs(texts_of(ids)) do
            if wanted[PROCESSING] or not text or string.byte(text, 1) == QUEUED then
                find(ids[i], text)
                left = left - 1
            end
        end
        if #ids < most then
            break
        end
        after = ids[#ids]
    end
end

if ascending then
    table.sort(found, function(a, b) return a[1] < b[1] end)
else
    table.sort(found, function(a, b) return a[1] > b[1] end)
end
local page = {redis.call('HGET', META, 'history'), seq}
for i = 1, math.min(#found, most) do
    page[#page + 1] = {found[i][1], found[i][2] or redis.call('GET', JOB .. found[i][1])}
end
return page
