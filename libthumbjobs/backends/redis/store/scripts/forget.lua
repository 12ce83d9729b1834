-- Erases tombstones for good. ARGV: from 3 on ids; those of no tombstone are left alone. Removes only.
for i = 3, #ARGV do
    local job = load(ARGV[i])
    if job and job[DELETED] == 1 then
        redis.call('ZREM', DEAD, mark(job))
        redis.call('DEL', JOB .. job.id)
    end
end
return 'ok'
