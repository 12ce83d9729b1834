-- Commits attempts' results and claims the next jobs.
-- ARGV, from 3 on for each attempt: id, token, claim id, width, height, results, whether the original is
-- dropped, retention (empty: none), note; then, to claim, nonce, worker, how many (0: none), lease,
-- random digits.
-- Returns for each `lost`, or as claim() in common.lua does. Removes first.
if not begin() then
    return no_store()
end
local ids, jobs = {}, {}
for at = 3, #ARGV, 14 do
    ids[#ids + 1] = ARGV[at]
end
for i, text in ipairs(texts_of(ids)) do -- one of them twice is a repeat
    jobs[ids[i]] = jobs[ids[i]] or (text and parse(ids[i], text))
end

allow_growth()
local answers, places, claiming = {}, {}, {}
local runs, open, nonces, texts, listed, expiring = {}, {}, {}, {}, {}, {}
local repeated = false

local function commit(job, at)
    local s, id = job.s, job.id
    runs[#runs + 1], open[#open + 1] = mark(job), id
    if job.c[ALONE] == 1 and job.c[NONCE] ~= '' then
        nonces[#nonces + 1] = job.c[NONCE]
    else
        drop_claim(job)
    end
    set_size(job, ARGV[at + 3], ARGV[at + 4])
    s[PROGRESS], s[CODE], s[MESSAGE] = 1, '', ''
    if ARGV[at + 6] == '1' then
        s[AVAILABLE] = 0
    end
    conclude(job, SUCCEEDED, ARGV[at + 7])
    end_claim(job, COMPLETED)
    local head = cmsgpack.pack(s, job.c)
    texts[#texts + 1], texts[#texts + 2] = JOB .. id, head .. job.rest .. ARGV[at + 5]
    listed[#listed + 1], listed[#listed + 2] = '0', id
    if ARGV[at + 7] ~= '' then
        expiring[#expiring + 1], expiring[#expiring + 2] = whole(s[EXPIRES]), mark(job)
    end
    tell(job, head, ARGV[at + 8])
end

for at = 3, #ARGV, 14 do
    local job, i = jobs[ARGV[at]], #answers + 1
    if job and holds(job, ARGV[at + 1], ARGV[at + 2]) then
        commit(job, at)
        answers[i] = {-1}
    elseif job and is_claim(job, ARGV[at + 1], ARGV[at + 2]) and job.c[ENDING] == COMPLETED then
        repeated = true
        answers[i] = {-1}
    else
        answers[i] = 'lost'
    end
    if answers[i] ~= 'lost' and ARGV[at + 11] ~= '0' then
        places[#places + 1], claiming[#claiming + 1] = at + 9, i
    end
end
all_at_once('ZREM', RUN, runs)
all_at_once('ZREM', OPEN_JOBS, open)
all_at_once('HDEL', CLAIMS, nonces)
if #texts > 0 then
    redis.call('MSET', unpack(texts))
end
all_at_once('ZADD', ENDED_JOBS .. SUCCEEDED, listed)
all_at_once('ZADD', EXPIRING, expiring)
if #places > 0 then
    for n, result in ipairs(claim(places)) do
        answers[claiming[n]] = result
    end
end
if repeated then
    keep_clock()
else
    finish()
end
return answers
