-- Tombstones whose delay is over. ARGV: 3 how many. Returns each job.
if not begin() then
    return no_store()
end
local jobs = {}
for i, marked in ipairs(redis.call('ZRANGEBYSCORE', DEAD, '-inf', boot, 'LIMIT', 0, ARGV[3])) do
    jobs[i] = answer(id_of(marked))
end
return jobs
