-- Queues a job again, free of charge. ARGV: 3 id, 4 token, 5 claim id, 6 delay, 7 note.
-- Returns `ok` or `lost`. Removes first.
if not begin() then
    return no_store()
end
local job = load(ARGV[3])
if not job then
    return 'lost'
end
if holds(job, ARGV[4], ARGV[5]) then
    leave(job)
    job[ATTEMPTS] = job[ATTEMPTS] - 1
    enqueue(job, tonumber(ARGV[6]))
    end_claim(job, GIVEN_BACK)
    publish(job, ARGV[7])
    finish()
elseif not (is_claim(job, ARGV[4], ARGV[5]) and job[ENDING] == GIVEN_BACK and job[DELETED] == 0) then
    return 'lost'
end
return 'ok'
