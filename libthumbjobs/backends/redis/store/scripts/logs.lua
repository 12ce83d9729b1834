-- One stretch of the log, backwards. ARGV: 3 where to begin (`+`, or a sequence not to be read any
-- more), 4 how many events to look at, at the least, 5 how many lines to return, 6 the job (empty: any),
-- 7 the lowest level. Returns where to go on (-1: the end), then each line: sequence, event, job's id and
-- text.
local lines, looked = {-1}, 0
local most_lines, most_looked, level = tonumber(ARGV[5]), tonumber(ARGV[4]), string.byte(ARGV[7])
local behind, from = tonumber(ARGV[3]), '+'
if behind then -- the entry of the event before that one goes by the number of its last
    local entry = redis.call('XRANGE', EVENTS, whole(behind - 1) .. '-0', '+', 'COUNT', '1')[1]
    from = entry and entry[1] or '+'
end

-- Of one entry. False when there are lines enough.
local function read(entry)
    local first, count = span_of(entry)
    for at = count - 1, 0, -1 do
        local id, note = entry[2][3 * at + 1], entry[2][3 * at + 2]
        if not behind or first + at < behind then
            lines[1], looked = first + at, looked + 1
            if string.byte(note) >= level and (ARGV[6] == '' or id == ARGV[6]) then -- `-` is less than digits
                lines[#lines + 1] = {lines[1], event_of(entry, at), answer(id)}
            end
            if #lines > most_lines then
                return false
            end
        end
    end
    return true
end

while looked < most_looked do
    local entries = redis.call('XREVRANGE', EVENTS, from, '-', 'COUNT', '50')
    for _, entry in ipairs(entries) do
        if not read(entry) then
            return lines
        end
        from = '(' .. entry[1]
    end
    if #entries < 50 then
        lines[1] = -1
        break
    end
end
return lines
