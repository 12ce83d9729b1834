-- Takes or extends a lease of the whole store. ARGV: 3 name, 4 owner, 5 duration in ms. Returns 1, or
-- 0 while another owner holds it. Removes first.
if not begin() then
    return no_store()
end
local held = redis.call('HGET', LOCKS, ARGV[3])
if held then
    local ends, owner = string.match(held, '^(%d+) (.*)$')
    if owner ~= ARGV[4] and tonumber(ends) > boot then
        return 0
    end
end
allow_growth()
redis.call('HSET', LOCKS, ARGV[3], string.format('%.0f %s', boot + ARGV[5], ARGV[4]))
finish()
return 1
