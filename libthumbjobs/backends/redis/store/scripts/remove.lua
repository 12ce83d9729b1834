-- Turns a job into a tombstone. ARGV: 3 id, 4 how long it is kept at the least, 5 note.
-- Returns `gone`, or `ok` and the job. Removes first.
if not begin() then
    return no_store()
end
local job = load(ARGV[3])
if not job or job[DELETED] == 1 then
    return {'gone'}
end
bury(job, tonumber(ARGV[4]), ARGV[5])
finish()
return {'ok', answer(job.id)}
