-- Makes the store if there is none. ARGV: 3 a random id, 4 a random history.
-- Returns the version of the layout, the store's id, and the server's time in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('EXISTS', META) == 0 then
    redis.call('HSET', META, 'clock', struct.pack('>dddddd', 0, 0, now, now, 0, 0), 'version', 4, 'id', ARGV[3],
        'history', ARGV[4])
end
local meta = redis.call('HMGET', META, 'version', 'id')
return {tonumber(meta[1]), meta[2], now}
