-- ARGV: 3 id, 4 token, 5 claim id, 6 progress. Returns `ok` or `lost`. Removes first.
if not begin() then
    return no_store()
end
local job = load(ARGV[3])
if not job or not holds(job, ARGV[4], ARGV[5]) then
    return 'lost'
end
allow_growth()
job[PROGRESS], job[UPDATED] = tonumber(ARGV[6]), wall
publish(job, note_of('-', '', ''))
finish()
return 'ok'
