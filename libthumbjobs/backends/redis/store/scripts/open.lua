-- Makes the store if there is none. ARGV: 3 a random id, 4 a random history.
-- Returns the version of the layout, the store's id, and the server's time in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('EXISTS', META) == 0 then
    redis.call('HSET', META, 'version', 1, 'id', ARGV[3], 'history', ARGV[4], 'seq', 0, 'number', 0,
        'time', now, 'boot', now)
end
local meta = redis.call('HMGET', META, 'version', 'id')
return {tonumber(meta[1]), meta[2], now}
