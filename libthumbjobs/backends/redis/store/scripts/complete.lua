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
local known, job_keys = texts_of(ids)
for i, text in ipairs(known) do -- one of them twice is a repeat
    jobs[ids[i]] = jobs[ids[i]] or (text and parse(ids[i], text, job_keys[i]))
end

local answers, places, claiming = {}, {}, {}
local runs, open, nonces, of_batches, texts, listed, expiring = {}, {}, {}, {}, {}, {}, {}
local repeated = false

local function commit(job, at)
    local id = job.id
    runs[#runs + 1], open[#open + 1] = mark(job), id
    if job[ALONE] == 1 and job[NONCE] ~= '' then
        nonces[#nonces + 1] = job[NONCE]
    else
        of_batches[#of_batches + 1] = job
    end
    set_size(job, ARGV[at + 3], ARGV[at + 4])
    job[PROGRESS], job[CODE], job[MESSAGE] = 1, '', ''
    if ARGV[at + 6] == '1' then
        job[AVAILABLE] = 0
    end
    conclude(job, SUCCEEDED, ARGV[at + 7])
    end_claim(job, COMPLETED)
    local head = pack(job)
    texts[#texts + 1], texts[#texts + 2] = job.key, text_with(head, job) .. ARGV[at + 5]
    listed[#listed + 1], listed[#listed + 2] = '0', id
    if ARGV[at + 7] ~= '' then
        expiring[#expiring + 1], expiring[#expiring + 2] = whole(job[EXPIRES]), mark(job)
    end
    tell(job, head, ARGV[at + 8])
end

for at = 3, #ARGV, 14 do
    local job, i = jobs[ARGV[at]], #answers + 1
    if job and holds(job, ARGV[at + 1], ARGV[at + 2]) then
        commit(job, at)
        answers[i] = {-1}
    elseif job and is_claim(job, ARGV[at + 1], ARGV[at + 2]) and job[ENDING] == COMPLETED then
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
for _, job in ipairs(of_batches) do
    drop_claim(job)
end
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
if repeated and seq == seq_before then
    touch()
else
    finish()
end
return answers
