-- ARGV: 3 id, 4 token, 5 claim id. Returns `ok` or `lost`. Removes first.
local job = load(ARGV[3])
if not job or not holds(job, ARGV[4], ARGV[5]) then
    return 'lost'
end
allow_growth()
job[DECODING] = 1
keep(job)
return 'ok'
