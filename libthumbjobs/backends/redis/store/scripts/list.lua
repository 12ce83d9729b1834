-- A page of jobs by id. ARGV: 3 how many, 4 the id after which it begins (empty: the start), 5
-- 1 for ascending, from 6 on states. Returns the history and sequence of events, then each job.
if not begin() then
    return no_store()
end
local ids = {}
local most, after, ascending = tonumber(ARGV[3]), ARGV[4], ARGV[5] == '1'
for i = 6, #ARGV do
    local some
    if ascending then
        some = redis.call('ZRANGEBYLEX', LISTED .. ARGV[i], after == '' and '-' or '(' .. after, '+',
            'LIMIT', 0, most)
    else
        some = redis.call('ZREVRANGEBYLEX', LISTED .. ARGV[i], after == '' and '+' or '(' .. after, '-',
            'LIMIT', 0, most)
    end
    for _, id in ipairs(some) do
        ids[#ids + 1] = id
    end
end
if ascending then
    table.sort(ids)
else
    table.sort(ids, function(a, b) return a > b end)
end
local page = {redis.call('HGET', META, 'history'), seq}
for i = 1, math.min(#ids, most) do
    page[#page + 1] = answer(ids[i])
end
return page
