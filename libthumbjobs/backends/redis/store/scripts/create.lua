-- Records a job as queued, or finds the earlier one of its id or idempotency key.
-- ARGV: 3 id, 4 data, 5 priority, 6 max_attempts, 7 width, 8 height, 9 available, 10 idempotency
-- key, 11 fingerprint, 12 max_queued (0: none), 13 deadline (empty: none; by the server's time or
-- the caller's boot clock), 14 level, 15 message, 16 worker.
-- Returns `ok`, whether created, the job, the server's time; or `conflict`, `late`, `full`, `oom`.
-- Adds first: refused as a whole in a full Redis.
if not begin() then
    return no_store()
end
local id, key = ARGV[3], ARGV[10]
local now = ARGV[1] == '' and wall or boot
if redis.call('EXISTS', JOB .. id) == 1 then
    touch()
    return {'ok', 1, answer(id), now}
end
if key ~= '' then
    local earlier = redis.call('HGET', IDEMPOTENCY, key)
    if earlier then
        if string.sub(earlier, 37) ~= ARGV[11] then
            return {'conflict'}
        end
        touch()
        return {'ok', 0, answer(string.sub(earlier, 1, 36)), now}
    end
end
if ARGV[13] ~= '' and now > tonumber(ARGV[13]) then
    return {'late'}
end
if ARGV[12] ~= '0' and redis.call('ZCARD', LISTED .. QUEUED) >= tonumber(ARGV[12]) then
    return {'full'}
end

number = number + 1
local job = {id = id,
    s = {QUEUED, 0, 0, 0, 0, wall, 0, 0, 0, 0, '', '', tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])},
    c = {number, tonumber(ARGV[5]), tonumber(ARGV[6]), wall, 0, 0, OPEN, '', '', 0}}
local status, control = cmsgpack.pack(job.s), cmsgpack.pack(job.c)
local added = redis.pcall('HSET', JOB .. id, 'd', ARGV[4], 's', status, 'c', control)
if type(added) == 'table' and added.err then
    if string.find(added.err, 'OOM', 1, true) then
        return {'oom'}
    end
    return added
end
if key ~= '' then
    redis.call('HSET', JOB .. id, 'k', key)
    redis.call('HSET', IDEMPOTENCY, key, id .. ARGV[11])
end
redis.call('ZADD', LISTED .. QUEUED, 0, id)
add_ready(job, boot)
wake()
tell(job, status, ARGV[14], ARGV[15], ARGV[16])
finish()
return {'ok', 1, {id, ARGV[4], status, control, false}, now}
