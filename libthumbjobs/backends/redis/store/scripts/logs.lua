-- One stretch of the log, backwards. ARGV: 3 where to begin (`+`, or a sequence not to be read any
-- more), 4 how many events to look at, 5 how many lines to return, 6 the job (empty: any), 7 the
-- lowest level. Returns where to go on (-1: the end), then each line: sequence, event, job's id and text.
local from = ARGV[3] == '+' and '+' or whole(ARGV[3] - 1) .. '-0'
local rows = redis.call('XREVRANGE', EVENTS, from, '-', 'COUNT', ARGV[4])
local lines = {-1}
for _, row in ipairs(rows) do
    local event = row[2][2]
    lines[1] = tonumber((string.match(row[1], '%d+')))
    local id, level = string.sub(event, 1, 36), string.byte(event, 37)
    if level >= string.byte(ARGV[7]) and (ARGV[6] == '' or id == ARGV[6]) then -- `-` is less than digits
        lines[#lines + 1] = {lines[1], event, answer(id)}
        if #lines > tonumber(ARGV[5]) then
            return lines
        end
    end
end
if #rows < tonumber(ARGV[4]) then
    lines[1] = -1
end
return lines
