-- ARGV: 3 id, 4 retention (empty: none), 5 note.
-- Returns `gone`, or `conflict` or `ok` and the job. Removes first.
if not begin() then
    return no_store()
end
local job = load(ARGV[3])
if not job or job[DELETED] == 1 then
    return {'gone'}
end
if job[STATE] == SUCCEEDED or job[STATE] == FAILED then
    return {'conflict', answer(job.id)}
end
if job[STATE] ~= CANCELLED then
    leave(job)
    settle(job, CANCELLED, ARGV[4])
    end_claim(job, REVOKED)
    publish(job, ARGV[5])
    finish()
else
    touch()
end
return {'ok', answer(job.id)}
