-- Tombstones whose delay is over. ARGV: 3 how many. Returns each job.
if not begin() then
    return no_store()
end
local jobs = {}
for _, marked in ipairs(redis.call('ZRANGEBYSCORE', DEAD, '-inf', whole(boot), 'LIMIT', 0, ARGV[3])) do
    local job = answer(id_of(marked))
    if job[2] then
        jobs[#jobs + 1] = job
    else
        redis.call('ZREM', DEAD, marked)
    end
end
return jobs
