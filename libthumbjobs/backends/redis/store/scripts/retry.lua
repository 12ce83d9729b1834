-- Queues a failed or cancelled job anew. ARGV: 3 id, 4 max_queued (0: none), 5 note.
-- Returns `gone`, `full`, or `conflict` or `ok` and the job. Removes first.
if not begin() then
    return no_store()
end
local job = load(ARGV[3])
if not job or job[DELETED] == 1 then
    return {'gone'}
end
if job[STATE] == SUCCEEDED or (job[STATE] > SUCCEEDED and job[AVAILABLE] == 0) then
    return {'conflict', answer(job.id)}
end
if job[STATE] > SUCCEEDED then
    if ARGV[4] ~= '0' and redis.call('ZCARD', READY) + redis.call('ZCARD', DUE) >= tonumber(ARGV[4]) then
        return {'full'}
    end
    leave(job)
    job[ATTEMPTS], job[CRASHES], job[CODE], job[MESSAGE], job[STARTED] = 0, 0, '', '', 0
    enqueue(job, 0)
    end_claim(job, REVOKED)
    publish(job, ARGV[5])
    finish()
end
return {'ok', answer(job.id)}
