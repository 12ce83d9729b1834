-- In front of every script: the key layout, the clocks, and what transitions have in common. A script
-- gets those definitions only that it uses (script_text.h), since Redis makes them anew at each call: a
-- function is a paragraph, without a blank line in it; anything else is one line.
--
-- KEYS[1] is the prefix of all keys, `{tj:NAMESPACE}:`. ARGV[1] is empty, or `WALL BOOT` in
-- milliseconds where the caller brings a clock of its own. ARGV[2] is how many events are kept.
--
-- Lua has no rollback: a script checks everything first, then writes. And at its memory limit Redis
-- (6.2 to 8) refuses a script's first write if that write may add, and none after it. So a script
-- that must work in a full Redis begins with a removal, and one that must not begins with an
-- addition.

local P = KEYS[1]
local META = P .. 'meta'
local EVENTS = P .. 'events'
local WAKE = P .. 'wake'
local READY = P .. 'ready'
local SINCE = P .. 'since'
local DUE = P .. 'due'
local RUN = P .. 'run'
local EXPIRING = P .. 'exp'
local DEAD = P .. 'dead'
local CLAIMS = P .. 'claims'
local IDEMPOTENCY = P .. 'keys'
local FINISHED = P .. 'finished'
local LOCKS = P .. 'locks'
local JOB = P .. 'job:'
local LISTED = P .. 'state:'

-- Job states and endings of claims, as in the C++ enumerations.
local QUEUED, PROCESSING, SUCCEEDED, FAILED, CANCELLED = 0, 1, 2, 3, 4
local OPEN, COMPLETED, GAVE_UP, GIVEN_BACK, REVOKED = 0, 1, 2, 3, 4
local DEBUG, INFO, WARNING, ERROR = 0, 1, 2, 3

-- A job's field `s`, its status: what users see and an event repeats. Times are milliseconds of the
-- wall clock, 0 for none.
local STATE, DELETED, ATTEMPTS, CRASHES, PROGRESS, UPDATED, STARTED, ENDED, NEXT, EXPIRES = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
local CODE, MESSAGE, WIDTH, HEIGHT, AVAILABLE = 11, 12, 13, 14, 15

-- A job's field `c`, its control block.
local NUMBER, PRIORITY, MAX_ATTEMPTS, CREATED, TOKEN, DECODING, ENDING, CLAIM, NONCE, ALONE = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10

local wall, boot, seq, number
local seq_before, time_before

-- Reads the counters and the clocks. The boot clock follows the server's, but never goes back, and
-- no gap between two scripts counts for more than ten seconds: while processes live they call at
-- least every five, so a longer gap is a jump of the server's clock, or nobody was there.
local function begin()
    local clock = redis.call('HGET', META, 'clock')
    if not clock then
        return false
    end
    seq, number, time_before, boot = struct.unpack('>dddd', clock)
    if ARGV[1] == '' then
        local time = redis.call('TIME')
        wall = time[1] * 1000 + math.floor(time[2] / 1000)
        boot = boot + math.max(0, math.min(wall - time_before, 10000))
    else
        wall, boot = string.match(ARGV[1], '^(%d+) (%d+)$')
        wall, boot = tonumber(wall), tonumber(boot)
    end
    seq_before = seq
    return true
end

-- The answer where begin() finds nothing: open.lua has to make the store.
local function no_store()
    return redis.error_reply('TJNOSTORE There is no store.')
end

-- For scripts whose first write would add.
local function allow_growth()
    redis.call('HDEL', META, '')
end

local function keep_clock()
    redis.call('HSET', META, 'clock', struct.pack('>dddd', seq, number, wall, boot))
end

-- Ends every script that may write: keeps the counters if they moved, and once a second the clock,
-- which must not stand still.
local function finish()
    if seq ~= seq_before then
        keep_clock()
    elseif math.abs(wall - time_before) >= 1000 then
        allow_growth()
        keep_clock()
    end
end

-- For a repeat, which changes nothing: a write all the same, for WAIT to wait for.
local function touch()
    allow_growth()
    keep_clock()
end

local function load(id)
    local fields = redis.call('HMGET', JOB .. id, 's', 'c')
    if not fields[1] then
        return nil
    end
    return {id = id, s = cmsgpack.unpack(fields[1]), c = cmsgpack.unpack(fields[2])}
end

-- What the caller makes a job of.
local function answer(id)
    local fields = redis.call('HMGET', JOB .. id, 'd', 's', 'c', 'r')
    return {id, fields[1], fields[2], fields[3], fields[4]}
end

-- In indices by time: of several at one time, the older job comes first.
local function mark(job)
    return string.format('%012x', job.c[NUMBER]) .. job.id
end

local function id_of(marked)
    return string.sub(marked, 13)
end

-- Appends the job's event, which is also a line of the log if it has a message.
local function tell(job, status, level, message, worker)
    seq = seq + 1
    redis.call('XADD', EVENTS, 'MAXLEN', '~', ARGV[2], string.format('%.0f-0', seq), 'j', job.id,
        's', status, 'l', level, 'm', message, 'w', worker)
end

-- Writes the job, with its results if it has come by some, and tells of it.
local function publish(job, level, message, worker, results)
    local status = cmsgpack.pack(job.s)
    if results then
        redis.call('HSET', JOB .. job.id, 's', status, 'c', cmsgpack.pack(job.c), 'r', results)
    else
        redis.call('HSET', JOB .. job.id, 's', status, 'c', cmsgpack.pack(job.c))
    end
    tell(job, status, level, message, worker)
end

-- One token at most lies on the wake-up key: whoever takes it and leaves ready jobs behind puts
-- another.
local function wake()
    if redis.call('EXISTS', WAKE) == 0 then
        redis.call('RPUSH', WAKE, 1)
    end
end

local function add_ready(job, since)
    redis.call('ZADD', READY, job.c[NUMBER] - job.c[PRIORITY] * 17592186044416, job.id) -- 2^44
    redis.call('ZADD', SINCE, since, job.id)
end

local function drop_claim(job)
    local nonce = job.c[NONCE]
    if nonce == '' then
        return
    end
    if job.c[ALONE] == 1 then
        redis.call('HDEL', CLAIMS, nonce)
        return
    end
    local batch = redis.call('HGET', CLAIMS, nonce)
    if not batch or batch == job.id then
        redis.call('HDEL', CLAIMS, nonce)
        return
    end
    local rest = {}
    for id in string.gmatch(batch, '%S+') do
        if id ~= job.id then
            rest[#rest + 1] = id
        end
    end
    redis.call('HSET', CLAIMS, nonce, table.concat(rest, ' '))
end

-- Takes the job out of every index but that of idempotency keys. Begins with a removal.
local function leave(job)
    local state = job.s[STATE]
    redis.call('ZREM', LISTED .. state, job.id)
    if state == QUEUED then
        redis.call('ZREM', READY, job.id)
        redis.call('ZREM', SINCE, job.id)
        redis.call('ZREM', DUE, mark(job))
        if redis.call('EXISTS', READY) == 0 then
            redis.call('DEL', WAKE)
        end
    elseif state == PROCESSING then
        redis.call('ZREM', RUN, mark(job))
        drop_claim(job)
    end
    if job.s[EXPIRES] ~= 0 then
        redis.call('ZREM', EXPIRING, mark(job))
    end
end

local function enqueue(job, delay)
    local s = job.s
    s[STATE], s[PROGRESS], s[UPDATED], s[ENDED], s[EXPIRES], s[NEXT] = QUEUED, 0, wall, 0, 0, 0
    redis.call('ZADD', LISTED .. QUEUED, 0, job.id)
    if delay > 0 then
        s[NEXT] = wall + delay
        redis.call('ZADD', DUE, boot + delay, mark(job))
    else
        add_ready(job, boot)
        wake()
    end
end

-- Makes a job terminal. `retention` is text, empty for none.
local function settle(job, state, retention)
    local s = job.s
    s[STATE], s[UPDATED], s[ENDED], s[NEXT], s[EXPIRES] = state, wall, wall, 0, 0
    redis.call('ZADD', LISTED .. state, 0, job.id)
    if retention ~= '' then
        s[EXPIRES] = wall + retention
        redis.call('ZADD', EXPIRING, s[EXPIRES], mark(job))
    end
    local second = math.floor(boot / 1000)
    if redis.call('HINCRBY', FINISHED, second, 1) == 1 then
        for _, old in ipairs(redis.call('HKEYS', FINISHED)) do
            if tonumber(old) <= second - 60 then
                redis.call('HDEL', FINISHED, old)
            end
        end
    end
end

local function end_claim(job, ending)
    job.c[ENDING], job.c[DECODING] = ending, 0
end

-- The job becomes a tombstone, which frees its idempotency key.
local function bury(job, delay, level, message, worker)
    leave(job)
    local key = redis.call('HGET', JOB .. job.id, 'k')
    if key then
        redis.call('HDEL', IDEMPOTENCY, key)
    end
    job.s[DELETED], job.s[UPDATED] = 1, wall
    redis.call('ZADD', DEAD, boot + math.max(delay, 0), mark(job))
    publish(job, level, message, worker)
end

local function is_claim(job, token, claim)
    return job.c[TOKEN] == tonumber(token) and job.c[CLAIM] == claim and claim ~= ''
end

local function holds(job, token, claim)
    return job.s[DELETED] == 0 and job.s[STATE] == PROCESSING and is_claim(job, token, claim)
end

local function set_size(job, width, height)
    width, height = tonumber(width), tonumber(height)
    if width > 0 and height > 0 then
        job.s[WIDTH], job.s[HEIGHT] = width, height
    end
end

-- Moves queued jobs whose time has come to the ready ones, a bounded number at a time.
local function promote()
    for _, marked in ipairs(redis.call('ZRANGEBYSCORE', DUE, '-inf', boot, 'LIMIT', 0, 200)) do
        local since = redis.call('ZSCORE', DUE, marked)
        redis.call('ZREM', DUE, marked)
        local job = load(id_of(marked))
        if job then
            add_ready(job, since)
        end
    end
end

-- Takes the first ready jobs; begins with a removal. Returns how long until the next is due (-1: nothing waits, or some
-- were taken), then each job.
local function claim(nonce, worker, most, lease, random)
    local held = nonce ~= '' and redis.call('HGET', CLAIMS, nonce)
    local result = {-1}
    if held then
        for id in string.gmatch(held, '%S+') do
            result[#result + 1] = answer(id)
        end
        return result
    end
    promote()
    local ids = redis.call('ZRANGE', READY, 0, most - 1)
    local jobs, taken = {}, {}
    for _, id in ipairs(ids) do
        local fields = redis.call('HMGET', JOB .. id, 'd', 's', 'c')
        if fields[2] then -- else someone else deleted it, as eviction does
            taken[#taken + 1] = id
            jobs[#jobs + 1] = {id = id, d = fields[1], s = cmsgpack.unpack(fields[2]), c = cmsgpack.unpack(fields[3])}
        end
    end
    if #ids > 0 then
        redis.call('ZREM', READY, unpack(ids))
        redis.call('ZREM', SINCE, unpack(ids))
        redis.call('ZREM', LISTED .. QUEUED, unpack(ids))
        if nonce ~= '' and #jobs > 0 then
            redis.call('HSET', CLAIMS, nonce, table.concat(taken, ' '))
        end
    end
    for _, job in ipairs(jobs) do
        local id = job.id
        local s, c = job.s, job.c
        s[STATE], s[PROGRESS], s[ATTEMPTS], s[NEXT] = PROCESSING, 0, s[ATTEMPTS] + 1, 0
        s[STARTED], s[UPDATED] = wall, wall
        c[TOKEN], c[DECODING], c[ENDING], c[NONCE] = c[TOKEN] + 1, 0, OPEN, nonce
        c[CLAIM], c[ALONE] = string.format('%.0f-%s', c[TOKEN], random), #jobs == 1 and 1 or 0
        local status, control = cmsgpack.pack(s), cmsgpack.pack(c)
        redis.call('HSET', JOB .. id, 's', status, 'c', control)
        redis.call('ZADD', LISTED .. PROCESSING, 0, id)
        redis.call('ZADD', RUN, boot + lease, mark(job))
        tell(job, status, DEBUG, string.format('Attempt %d begun.', s[ATTEMPTS]), worker)
        result[#result + 1] = {id, job.d, status, control, false}
    end
    if #ids < tonumber(most) then
        redis.call('DEL', WAKE)
    elseif redis.call('EXISTS', WAKE) == 0 and redis.call('EXISTS', READY) == 1 then
        redis.call('RPUSH', WAKE, 1)
    end
    if #ids == 0 then
        local due = redis.call('ZRANGE', DUE, 0, 0, 'WITHSCORES')
        if due[2] then
            result[1] = due[2] - boot
        end
    end
    return result
end
