-- Makes a blob visible, in one step with the index and the sums.
--   KEYS state, meta, index, then the parts that were uploaded, in order
--   ARGV prefix of parts, blob's key, upload id, bytes, limit on all bytes (0: none),
--        life in ms (0: for ever), and the bytes themselves if no part was uploaded
-- Gives OK, FULL when the limit would be passed, LOST when a part is not there any more.
-- Full or lost, the parts are removed and nothing else has changed. The first command that takes
-- memory comes before any other that writes, so that Redis refuses all or nothing.
local state, meta, index = KEYS[1], KEYS[2], KEYS[3]
local prefix, key, id, bytes = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local limit, life, data = tonumber(ARGV[5]), ARGV[6], ARGV[7]

local old = redis.call('HGET', meta, key)
local old_id, old_bytes, old_parts
if old then
  old_id, old_bytes, old_parts = string.match(old, '^(%S+) (%d+) (%d+)')
  if old_id == id then return redis.status_reply('OK') end
end

local function drop_uploads()
  for i = 4, #KEYS do redis.call('UNLINK', KEYS[i]) end
end
local used = tonumber(redis.call('HGET', state, 'bytes') or '0')
local total = used - tonumber(old_bytes or '0') + bytes
if limit > 0 and total > limit then
  drop_uploads()
  return redis.status_reply('FULL')
end

local parts = #KEYS - 3
if data and #data > 0 then
  parts = 1
  if life == '0' then
    redis.call('SET', prefix .. id .. ':0', data)
  else
    redis.call('SET', prefix .. id .. ':0', data, 'PX', life)
  end
end
for i = 4, #KEYS do
  local there
  if life == '0' then
    there = redis.call('PERSIST', KEYS[i])
  else
    there = redis.call('PEXPIRE', KEYS[i], life)
  end
  if there == 0 then
    drop_uploads()
    return redis.status_reply('LOST')
  end
end

-- No two blobs share a time: it is the place in the listing.
local now = redis.call('TIME')
local written = tonumber(now[1]) * 1000000 + tonumber(now[2])
local last = tonumber(redis.call('HGET', state, 'last') or '0')
if written <= last then written = last + 1 end
local place = string.format('%.0f', written)

redis.call('HSET', meta, key, id .. ' ' .. string.format('%.0f', bytes) .. ' ' .. parts)
redis.call('ZADD', index, place, key)
redis.call('HSET', state, 'bytes', string.format('%.0f', total), 'last', place)
if old then
  for i = 0, tonumber(old_parts) - 1 do redis.call('UNLINK', prefix .. old_id .. ':' .. i) end
end
return redis.status_reply('OK')
