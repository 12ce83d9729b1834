-- One stretch of the log, backwards. ARGV: 3 where to begin (`+`, or a sequence not to be read any
-- more), 4 how many events to look at, 5 how many lines to return, 6 the job (empty: any), 7 the
-- lowest level. Returns where to go on (-1: the end), then each line: sequence, status, level, id,
-- message, worker, data of the job.
local from = ARGV[3] == '+' and '+' or string.format('%.0f-0', ARGV[3] - 1)
local rows = redis.call('XREVRANGE', EVENTS, from, '-', 'COUNT', ARGV[4])
local lines = {-1}
local level = tonumber(ARGV[7])
for _, row in ipairs(rows) do
    local fields = row[2]
    lines[1] = tonumber((string.match(row[1], '%d+')))
    if fields[8] ~= '' and tonumber(fields[6]) >= level and (ARGV[6] == '' or fields[2] == ARGV[6]) then
        lines[#lines + 1] = {lines[1], fields[4], fields[6], fields[2], fields[8], fields[10],
            redis.call('HGET', JOB .. fields[2], 'd')}
        if #lines > tonumber(ARGV[5]) then
            return lines
        end
    end
end
if #rows < tonumber(ARGV[4]) then
    lines[1] = -1
end
return lines
