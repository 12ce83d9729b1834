-- ARGV: 3 lease in ms, then for each lease id, token and claim id. Returns 1 for each that is held,
-- 0 for each that is lost. Removes first.
if not begin() then
    return no_store()
end
allow_growth()
local states = {}
for i = 4, #ARGV, 3 do
    local job = load(ARGV[i])
    local held = job and holds(job, ARGV[i + 1], ARGV[i + 2])
    if held then
        redis.call('ZADD', RUN, whole(boot + ARGV[3]), mark(job))
    end
    states[#states + 1] = held and 1 or 0
end
finish()
return states
