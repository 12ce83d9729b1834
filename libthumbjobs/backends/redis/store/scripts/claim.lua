-- Takes ready jobs. ARGV: 3 nonce, 4 worker, 5 how many, 6 lease in ms, 7 sixteen random digits.
-- Returns as claim() in common.lua does. Removes first.
if not begin() then
    return no_store()
end
local results = claim({3})
finish()
return results[1]
