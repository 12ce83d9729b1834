-- Gives back expired leases, buries jobs past their retention. ARGV: 3 worker, 4 max_crashes, 5
-- retention of jobs that fail here (empty: none), 6 delay of tombstones, 7 how many of each.
-- Returns how many were requeued, of those crashed, of those failed, and how many expired. Removes
-- first.
if not begin() then
    return no_store()
end
local requeued, crashed, failed, expired = 0, 0, 0, 0

-- What an expired lease comes to.
local function expire_lease(job)
    local level = WARNING
    local message = 'The worker\'s lease ran out before it began to decode: queued again.'
    requeued = requeued + 1
    leave(job)
    if job[DECODING] == 0 then
        job[ATTEMPTS] = job[ATTEMPTS] - 1
        enqueue(job, 0)
    else
        crashed = crashed + 1
        job[CRASHES] = job[CRASHES] + 1
        job[CODE] = 'decoder_crashed'
        job[MESSAGE] = 'The worker stopped answering while it decoded this image.'
        if job[CRASHES] < tonumber(ARGV[4]) then
            message = 'The worker\'s lease ran out while it decoded: counted as a crash, queued again.'
            enqueue(job, 0)
        else
            failed = failed + 1
            level = ERROR
            message = 'The worker\'s lease ran out while it decoded, too many times: failed.'
            settle(job, FAILED, ARGV[5])
        end
    end
    end_claim(job, REVOKED)
    publish(job, note_of(level, message, ARGV[3]))
end

for _, marked in ipairs(redis.call('ZRANGEBYSCORE', RUN, '-inf', whole(boot), 'LIMIT', 0, ARGV[7])) do
    local job = load(id_of(marked))
    if job then
        expire_lease(job)
    else
        redis.call('ZREM', RUN, marked)
    end
end
for _, marked in ipairs(redis.call('ZRANGEBYSCORE', EXPIRING, '-inf', whole(wall), 'LIMIT', 0, ARGV[7])) do
    local job = load(id_of(marked))
    if job then
        expired = expired + 1
        bury(job, tonumber(ARGV[6]), note_of(INFO, 'The job\'s retention is over: removed.', ARGV[3]))
    else
        redis.call('ZREM', EXPIRING, marked)
    end
end
finish()
return {requeued, crashed, failed, expired}
