-- Records jobs as queued, or finds the earlier ones of their ids or idempotency keys.
-- ARGV, from 3 on for each job: id, data, priority, max_attempts, width, height, available, idempotency
-- key, fingerprint, max_queued (0: none), deadline (empty: none; by the server's time or the caller's
-- boot clock), note.
-- Returns for each `ok`, whether created, the job (created: its status and control block only), the
-- server's time; or `conflict`, `late`, `full`, `oom`.
-- Adds first: refused as a whole in a full Redis.
if not begin() then
    return no_store()
end
local now = ARGV[1] == '' and wall or boot
local answers, created, repeated = {}, {}, false
local texts, ready, listed, keys = {}, {}, {}, {}
local by_id, by_key, queued = {}, {}, nil
local ids = {}
for at = 3, #ARGV, 12 do
    ids[#ids + 1] = ARGV[at]
end
local known, job_keys = texts_of(ids)

local function is_full(bound)
    if bound == '0' then
        return false
    end
    queued = queued or redis.call('ZCARD', READY) + redis.call('ZCARD', DUE)
    return queued + #created >= tonumber(bound)
end

local function add(at)
    local id, key = ARGV[at], ARGV[at + 7]
    number = number + 1
    local job = {QUEUED, 0, 0, 0, 0, wall, 0, 0, 0, 0, ARGV[at + 4], ARGV[at + 5], ARGV[at + 6],
        string.format('%012x', number), ARGV[at + 2], ARGV[at + 3], wall, 0, 0, OPEN, 0, 0, boot, '', '', '', '', key,
        id = id, note = ARGV[at + 11], head = ''}
    job.head = pack(job)
    created[#created + 1] = job
    local text = job.head .. ARGV[at + 1]
    texts[#texts + 1], texts[#texts + 2] = job_keys[#answers + 1], text
    ready[#ready + 1], ready[#ready + 2] = rank(job), id
    listed[#listed + 1], listed[#listed + 2] = '0', id
    if key ~= '' then
        by_key[key] = id .. ARGV[at + 8]
        keys[#keys + 1], keys[#keys + 2] = key, by_key[key]
    end
    by_id[id] = text
    return {'ok', 1, {id, job.head}, now}
end

for at = 3, #ARGV, 12 do
    local id, key, bound, deadline = ARGV[at], ARGV[at + 7], ARGV[at + 9], ARGV[at + 10]
    local same = known[#answers + 1] or by_id[id]
    local earlier = not same and key ~= '' and (by_key[key] or redis.call('HGET', IDEMPOTENCY, key))
    local result
    if same then
        repeated = true
        result = {'ok', 1, {id, same}, now}
    elseif earlier and string.sub(earlier, 37) ~= ARGV[at + 8] then
        result = {'conflict'}
    elseif earlier then
        repeated = true
        local first = string.sub(earlier, 1, 36)
        result = {'ok', 0, {first, by_id[first] or redis.call('GET', JOB .. first)}, now}
    elseif deadline ~= '' and now > tonumber(deadline) then
        result = {'late'}
    elseif is_full(bound) then
        result = {'full'}
    else
        result = add(at)
    end
    answers[#answers + 1] = result
end

if #created > 0 then
    local added = redis.pcall('MSET', unpack(texts))
    if type(added) == 'table' and added.err then
        if not string.find(added.err, 'OOM', 1, true) then
            return added
        end
        for i, result in ipairs(answers) do
            if result[1] == 'ok' and by_id[result[3][1]] then
                answers[i] = {'oom'}
            end
        end
        return answers
    end
    all_at_once('ZADD', READY, ready)
    all_at_once('ZADD', OPEN_JOBS, listed)
    all_at_once('HSET', IDEMPOTENCY, keys)
    for _, job in ipairs(created) do
        tell(job, job.head, job.note)
    end
    wake()
    finish()
elseif repeated then
    touch()
end
return answers
