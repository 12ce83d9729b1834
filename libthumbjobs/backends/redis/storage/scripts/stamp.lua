-- Writes the id of the store that owns the images, unless one is there.
--   KEYS state
--   ARGV id
-- Gives the one that is there now.
local present = redis.call('HGET', KEYS[1], 'stamp')
if present then return present end
redis.call('HSET', KEYS[1], 'stamp', ARGV[1])
return ARGV[1]
