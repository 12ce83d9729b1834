-- Commits an attempt's results and claims the next jobs.
-- ARGV: 3 id, 4 token, 5 claim id, 6 width, 7 height, 8 results, 9 whether the original is dropped,
-- 10 retention (empty: none), 11 level, 12 message, 13 worker; then, to claim, 14 nonce, 15 worker,
-- 16 how many, 17 lease, 18 random digits.
-- Returns `lost`, or as claim() in common.lua does. Removes first.
if not begin() then
    return no_store()
end
local job = load(ARGV[3])
if not job then
    return 'lost'
end
if holds(job, ARGV[4], ARGV[5]) then
    leave(job)
    set_size(job, ARGV[6], ARGV[7])
    job.s[PROGRESS], job.s[CODE], job.s[MESSAGE] = 1, '', ''
    if ARGV[9] == '1' then
        job.s[AVAILABLE] = 0
    end
    settle(job, SUCCEEDED, ARGV[10])
    end_claim(job, COMPLETED)
    publish(job, ARGV[11], ARGV[12], ARGV[13], ARGV[8])
elseif is_claim(job, ARGV[4], ARGV[5]) and job.c[ENDING] == COMPLETED then
    touch()
else
    return 'lost'
end
local result = #ARGV > 13 and claim(ARGV[14], ARGV[15], ARGV[16], ARGV[17], ARGV[18]) or {-1}
finish()
return result
