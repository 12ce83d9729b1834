-- Ends an attempt without a result: queues the job again, or fails it.
-- ARGV: 3 id, 4 token, 5 claim id, 6 error code, 7 error message, 8 whether a crash, 9 whether
-- retryable, 10 max_crashes, 11 back-off, 12 retention (empty: none), 13 width, 14 height, 15 note.
-- Returns `lost`, or the job. Removes first.
if not begin() then
    return no_store()
end
local job = load(ARGV[3])
if not job then
    return 'lost'
end
if holds(job, ARGV[4], ARGV[5]) then
    leave(job)
    local again
    set_size(job, ARGV[13], ARGV[14])
    job[CODE], job[MESSAGE] = ARGV[6], ARGV[7]
    if ARGV[8] == '1' then
        job[CRASHES] = job[CRASHES] + 1
        again = job[CRASHES] < tonumber(ARGV[10])
    else
        again = ARGV[9] == '1' and job[ATTEMPTS] - job[CRASHES] < job[MAX_ATTEMPTS]
    end
    if again then
        enqueue(job, tonumber(ARGV[11]))
    else
        settle(job, FAILED, ARGV[12])
    end
    end_claim(job, GAVE_UP)
    publish(job, ARGV[15])
    finish()
elseif is_claim(job, ARGV[4], ARGV[5]) and job[ENDING] == GAVE_UP and job[DELETED] == 0 then
    touch()
else
    return 'lost'
end
return answer(job.id)
