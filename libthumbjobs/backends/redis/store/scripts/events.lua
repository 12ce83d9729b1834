-- ARGV: 3 the sequence after which to read (-1: from the first; empty: only the end), 4 how many,
-- 5 the history the caller reads (empty: any), 6 a random history.
-- Returns the history, the last sequence, and `reset`, or `ok` and each event: sequence, event, job's id
-- and text.
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
local first = redis.call('XRANGE', EVENTS, '-', '+', 'COUNT', '1')
local before_first = first[1] and span_of(first[1]) - 1 or seq
local after = tonumber(ARGV[3])
if after == -1 then
    after = before_first
elseif history ~= ARGV[5] or after < before_first or after > seq then
    return {history, seq, 'reset'}
end
local result = {history, seq, 'ok'}
local most, ids, events = tonumber(ARGV[4]), {}, {}

-- Of one entry, those that were asked for.
local function read(entry)
    local from, count = span_of(entry)
    for at = math.max(0, after + 1 - from), count - 1 do
        if #ids < most then
            ids[#ids + 1], events[#events + 1] = entry[2][3 * at + 1], event_of(entry, at)
        end
    end
end

local next_entry = '(' .. whole(after) .. '-0'
while #ids < most do
    local entries = redis.call('XRANGE', EVENTS, next_entry, '+', 'COUNT', '10')
    for _, entry in ipairs(entries) do
        read(entry)
        next_entry = '(' .. entry[1]
    end
    if #entries < 10 then
        break
    end
end
local texts = texts_of(ids)
for i, id in ipairs(ids) do
    result[#result + 1] = {after + i, events[i], {id, texts[i]}}
end
return result
