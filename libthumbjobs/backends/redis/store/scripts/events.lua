-- ARGV: 3 the sequence after which to read (-1: from the first; empty: only the end), 4 how many,
-- 5 the history the caller reads (empty: any), 6 a random history.
-- Returns the history, the last sequence, and `reset`, or `ok` and each event: sequence, status, job.
-- Another server process than the one that wrote the last events may have lost some of them, by a
-- failover or a restart, so each begins a new history.
if not begin() then
    return no_store()
end
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
local meta = redis.call('HMGET', META, 'history', 'run')
local history = meta[1]
if meta[2] ~= run then
    allow_growth()
    if meta[2] then
        history = ARGV[6]
    end
    redis.call('HSET', META, 'history', history, 'run', run)
end
if ARGV[3] == '' then
    return {history, seq, 'ok'}
end
local first = redis.call('XRANGE', EVENTS, '-', '+', 'COUNT', 1)
local before_first = first[1] and string.match(first[1][1], '%d+') - 1 or seq
local after = tonumber(ARGV[3])
if after == -1 then
    after = before_first
elseif history ~= ARGV[5] or after < before_first or after > seq then
    return {history, seq, 'reset'}
end
local result = {history, seq, 'ok'}
local rows = redis.call('XRANGE', EVENTS, string.format('%.0f-0', after + 1), '+', 'COUNT', ARGV[4])
for _, row in ipairs(rows) do
    local fields = row[2]
    result[#result + 1] = {tonumber((string.match(row[1], '%d+'))), fields[4], answer(fields[2])}
end
return result
