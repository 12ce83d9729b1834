-- Finds a blob.
--   KEYS meta
--   ARGV prefix of parts, blob's key
-- Gives {upload id, bytes, parts} and, of a blob of one part, its bytes; nil when there is none.
local record = redis.call('HGET', KEYS[1], ARGV[2])
if not record then return false end
local id, bytes, parts = string.match(record, '^(%S+) (%d+) (%d+)')
if parts ~= '1' then return {id, bytes, parts} end
local data = redis.call('GET', ARGV[1] .. id .. ':0')
if not data then return false end
return {id, bytes, parts, data}
