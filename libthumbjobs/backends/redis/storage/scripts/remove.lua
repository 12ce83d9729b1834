-- Removes a blob. Works when Redis is at its memory limit: what frees comes first.
--   KEYS state, meta, index
--   ARGV prefix of parts, blob's key
-- Gives 1 if it was there, else 0.
local record = redis.call('HGET', KEYS[2], ARGV[2])
if not record then return 0 end
local id, bytes, parts = string.match(record, '^(%S+) (%d+) (%d+)')
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[2])
for i = 0, tonumber(parts) - 1 do redis.call('UNLINK', ARGV[1] .. id .. ':' .. i) end
local used = tonumber(redis.call('HGET', KEYS[1], 'bytes') or '0') - tonumber(bytes)
if used < 0 then used = 0 end
redis.call('HSET', KEYS[1], 'bytes', string.format('%.0f', used))
return 1
