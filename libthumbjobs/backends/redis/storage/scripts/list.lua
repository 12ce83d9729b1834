-- Lists blobs in the order in which they were written.
--   KEYS meta, index
--   ARGV place to begin after, as ZRANGEBYSCORE takes it, and how many at the most
-- Gives {the time in microseconds, and for each blob: key, place, record or false}.
local found = redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local now = redis.call('TIME')
local result = {string.format('%.0f', tonumber(now[1]) * 1000000 + tonumber(now[2]))}
for i = 1, #found, 2 do
  result[#result + 1] = found[i]
  result[#result + 1] = string.format('%.0f', tonumber(found[i + 1]))
  result[#result + 1] = redis.call('HGET', KEYS[1], found[i])
end
return result
