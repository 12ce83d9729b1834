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
--
-- Lua is what a script costs: the strings that it makes (each is hashed as a whole), tables and calls. So
-- those that are called most (create, complete) serve many jobs at once, write each index once, and all
-- events together. Numbers go to Redis as text: it would write and read them as floating point.

local P = KEYS[1]
local META = P .. 'meta'
local EVENTS = P .. 'events'
local WAKE = P .. 'wake'
local READY = P .. 'ready'
local LATE = P .. 'late'
local DUE = P .. 'due'
local RUN = P .. 'run'
local EXPIRING = P .. 'exp'
local DEAD = P .. 'dead'
local CLAIMS = P .. 'claims'
local IDEMPOTENCY = P .. 'keys'
local FINISHED = P .. 'finished'
local LOCKS = P .. 'locks'
local JOB = P .. 'job:'
local OPEN_JOBS = P .. 'open'
local ENDED_JOBS = P .. 'state:'

-- Job states and endings of claims, as in the C++ enumerations.
local QUEUED, PROCESSING, SUCCEEDED, FAILED, CANCELLED = 0, 1, 2, 3, 4
local OPEN, COMPLETED, GAVE_UP, GIVEN_BACK, REVOKED = 0, 1, 2, 3, 4

-- Levels of log lines, as an event has them. A note is its level (`-` without a message) and an array of
-- message and worker, packed.
local DEBUG, INFO, WARNING, ERROR = '0', '1', '2', '3'

-- A job is one string: its head, what was submitted, and its results, once it has some. Scripts read the
-- head, of these members in this order; job_fields.cpp reads all of it. The state comes first, so that it
-- is the first byte. Times are milliseconds of the wall clock, 0 for none, but for BORN: by the boot clock.
local STATE, DELETED, ATTEMPTS, CRASHES, PROGRESS, UPDATED, STARTED, ENDED, NEXT, EXPIRES = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
local WIDTH, HEIGHT, AVAILABLE, NUMBER, PRIORITY, MAX_ATTEMPTS, CREATED, TOKEN = 11, 12, 13, 14, 15, 16, 17, 18
local DECODING, ENDING, ALONE, IS_LATE, BORN, CODE, MESSAGE, CLAIM, NONCE, KEY, BEHIND = 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
local HEAD = '>BBHHdI6I6I6ddI4I4Bc12hHI6I6BBBBI6Bc0I4c0Bc0I4c0I4c0'

local wall, boot, seq, number
local seq_before, time_before
local finished_at, finished
local told = {}

local function whole(number_)
    return string.format('%d', number_)
end

-- Reads the counters and the clocks. The boot clock follows the server's, but never goes back, and
-- no gap between two scripts counts for more than ten seconds: while processes live they call at
-- least every five, so a longer gap is a jump of the server's clock, or nobody was there.
local function begin()
    local clock = redis.call('HGET', META, 'clock')
    if not clock then
        return false
    end
    seq, number, time_before, boot, finished_at, finished = struct.unpack('>dddddd', clock)
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
    redis.call('HSET', META, 'clock', struct.pack('>dddddd', seq, number, wall, boot, finished_at, finished))
end

-- Writes the events that were told of, 16 to an entry of the stream (id, note and head of each; an odd
-- number of words is filled up), under the number of its last. A reader of one event reads its entry.
local function write_events()
    local last, oldest = seq - #told / 3, whole(math.max(0, seq - ARGV[2] + 1))
    if #told % 2 == 1 then
        told[#told + 1] = ''
    end
    for first = 1, #told, 48 do
        local behind = math.min(first + 47, #told)
        last = last + math.floor((behind - first + 1) / 3)
        redis.call('XADD', EVENTS, 'MINID', '~', oldest, whole(last) .. '-0', unpack(told, first, behind))
    end
end

-- Of an entry of the stream: the sequence of its first event, and how many there are.
local function span_of(entry)
    local count = math.floor(#entry[2] / 3)
    return string.match(entry[1], '%d+') - count + 1, count
end

-- The event at the place `at` of an entry, from 0 on: job's id, note and head in one.
local function event_of(entry, at)
    return table.concat(entry[2], '', 3 * at + 1, 3 * at + 3)
end

-- Ends every script that may write: keeps the events and the counters if they moved, and once a second
-- the clock, which must not stand still.
local function finish()
    if seq ~= seq_before then
        write_events()
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

-- One command for many words behind `command key`. They go in portions, since Lua's stack is bounded.
local function all_at_once(command, key, words)
    for first = 1, #words, 2000 do
        redis.call(command, key, unpack(words, first, math.min(first + 1999, #words)))
    end
end

local function pack(job)
    return struct.pack(HEAD, job[STATE], job[DELETED], job[ATTEMPTS], job[CRASHES], job[PROGRESS], job[UPDATED],
        job[STARTED], job[ENDED], job[NEXT], job[EXPIRES], job[WIDTH], job[HEIGHT], job[AVAILABLE], job[NUMBER],
        job[PRIORITY], job[MAX_ATTEMPTS], job[CREATED], job[TOKEN], job[DECODING], job[ENDING], job[ALONE],
        job[IS_LATE], job[BORN], #job[CODE], job[CODE], #job[MESSAGE], job[MESSAGE], #job[CLAIM], job[CLAIM],
        #job[NONCE], job[NONCE], #job[KEY], job[KEY])
end

local function parse(id, text, key)
    return {id = id, key = key, text = text, struct.unpack(HEAD, text)}
end

-- The text with a new head.
local function text_with(head, job)
    return head .. string.sub(job.text, job[BEHIND])
end

local function load(id)
    local key = JOB .. id
    local text = redis.call('GET', key)
    return text and parse(id, text, key)
end

-- The texts of the jobs of `ids`, false for those that are not there; and their keys.
local function texts_of(ids)
    local keys = {}
    for i, id in ipairs(ids) do
        keys[i] = JOB .. id
    end
    return #keys > 0 and redis.call('MGET', unpack(keys)) or {}, keys
end

-- What the caller makes a job of.
local function answer(id)
    return {id, redis.call('GET', JOB .. id)}
end

-- In indices by time: of several at one time, the older job comes first. A job's number is kept as the
-- twelve hexadecimal digits of this.
local function mark(job)
    return job[NUMBER] .. job.id
end

local function id_of(marked)
    return string.sub(marked, 13)
end

-- The job's event, which is also a line of the log if its note has a message. finish() writes it.
local function tell(job, head, note)
    local behind = #told
    told[behind + 1], told[behind + 2], told[behind + 3] = job.id, note, head
    seq = seq + 1
end

local function note_of(level, message, worker)
    return level .. cmsgpack.pack({message, worker})
end

local function keep(job)
    local head = pack(job)
    redis.call('SET', job.key, text_with(head, job))
    return head
end

-- Writes the job and tells of it.
local function publish(job, note)
    tell(job, keep(job), note)
end

-- One token at most lies on the wake-up key: whoever takes it and leaves ready jobs behind puts
-- another.
local function wake()
    if redis.call('EXISTS', WAKE) == 0 then
        redis.call('RPUSH', WAKE, '1')
    end
end

-- Its place in `ready`: 2^44 numbers for each priority.
local function rank(job)
    return string.format('%.0f', tonumber(job[NUMBER], 16) - job[PRIORITY] * 17592186044416)
end

-- A job that was queued before: since when it is ready cannot be told by its age.
local function add_ready(job, since)
    job[IS_LATE] = 1
    redis.call('ZADD', READY, rank(job), job.id)
    redis.call('ZADD', LATE, since, job.id)
end

local function drop_claim(job)
    local nonce = job[NONCE]
    if nonce == '' then
        return
    end
    if job[ALONE] == 1 then
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
    local state = job[STATE]
    if state == QUEUED then
        redis.call('ZREM', OPEN_JOBS, job.id)
        redis.call('ZREM', READY, job.id)
        redis.call('ZREM', LATE, job.id)
        redis.call('ZREM', DUE, mark(job))
        if redis.call('EXISTS', READY) == 0 then
            redis.call('DEL', WAKE)
        end
    elseif state == PROCESSING then
        redis.call('ZREM', OPEN_JOBS, job.id)
        redis.call('ZREM', RUN, mark(job))
        drop_claim(job)
    else
        redis.call('ZREM', ENDED_JOBS .. state, job.id)
    end
    if job[EXPIRES] ~= 0 then
        redis.call('ZREM', EXPIRING, mark(job))
    end
end

local function enqueue(job, delay)
    job[STATE], job[PROGRESS], job[UPDATED], job[ENDED], job[EXPIRES], job[NEXT] = QUEUED, 0, wall, 0, 0, 0
    redis.call('ZADD', OPEN_JOBS, '0', job.id)
    if delay > 0 then
        job[NEXT] = wall + delay
        redis.call('ZADD', DUE, whole(boot + delay), mark(job))
    else
        add_ready(job, whole(boot))
        wake()
    end
end

-- Counts a job that ends. The count of the present second is kept beside the clock.
local function count_finished()
    local second = math.floor(boot / 1000)
    if second ~= finished_at then
        if finished > 0 then
            allow_growth()
            redis.call('HSET', FINISHED, whole(finished_at), whole(finished))
        end
        for _, old in ipairs(redis.call('HKEYS', FINISHED)) do
            if tonumber(old) <= second - 60 then
                redis.call('HDEL', FINISHED, old)
            end
        end
        finished_at, finished = second, 0
    end
    finished = finished + 1
end

-- Makes a job terminal, but for the indices. `retention` is text, empty for none.
local function conclude(job, state, retention)
    job[STATE], job[UPDATED], job[ENDED], job[NEXT], job[EXPIRES] = state, wall, wall, 0, 0
    if retention ~= '' then
        job[EXPIRES] = wall + retention
    end
    count_finished()
end

local function settle(job, state, retention)
    conclude(job, state, retention)
    redis.call('ZADD', ENDED_JOBS .. state, '0', job.id)
    if retention ~= '' then
        redis.call('ZADD', EXPIRING, whole(job[EXPIRES]), mark(job))
    end
end

local function end_claim(job, ending)
    job[ENDING], job[DECODING] = ending, 0
end

-- The job becomes a tombstone, which frees its idempotency key.
local function bury(job, delay, note)
    leave(job)
    if job[KEY] ~= '' then
        redis.call('HDEL', IDEMPOTENCY, job[KEY])
        job[KEY] = ''
    end
    job[DELETED], job[UPDATED] = 1, wall
    redis.call('ZADD', DEAD, whole(boot + math.max(delay, 0)), mark(job))
    publish(job, note)
end

local function is_claim(job, token, claim)
    return job[TOKEN] == tonumber(token) and job[CLAIM] == claim and claim ~= ''
end

local function holds(job, token, claim)
    return job[DELETED] == 0 and job[STATE] == PROCESSING and is_claim(job, token, claim)
end

local function set_size(job, width, height)
    width, height = tonumber(width), tonumber(height)
    if width > 0 and height > 0 then
        job[WIDTH], job[HEIGHT] = width, height
    end
end

-- Moves queued jobs whose time has come to the ready ones, a bounded number at a time.
local function promote()
    for _, marked in ipairs(redis.call('ZRANGEBYSCORE', DUE, '-inf', whole(boot), 'LIMIT', '0', '200')) do
        local since = redis.call('ZSCORE', DUE, marked)
        redis.call('ZREM', DUE, marked)
        local job = load(id_of(marked))
        if job then
            add_ready(job, since)
            keep(job)
        end
    end
end

-- Takes the job at the place `at` of ARGV's claim: nonce, worker, how many, lease, random digits.
local function begin_attempt(job, at, alone)
    job[STATE], job[PROGRESS], job[ATTEMPTS], job[NEXT] = PROCESSING, 0, job[ATTEMPTS] + 1, 0
    job[STARTED], job[UPDATED] = wall, wall
    job[TOKEN], job[DECODING], job[ENDING], job[NONCE], job[IS_LATE] = job[TOKEN] + 1, 0, OPEN, ARGV[at], 0
    job[CLAIM], job[ALONE] = whole(job[TOKEN]) .. '-' .. ARGV[at + 4], alone and 1 or 0
    return pack(job)
end

-- The note of a claim; `notes` are those that the script made before: of most jobs it is the same.
local function note_of_attempt(notes, attempt, worker)
    local own = notes[worker] or {}
    notes[worker] = own
    own[attempt] = own[attempt] or note_of(DEBUG, 'Attempt ' .. attempt .. ' begun.', worker)
    return own[attempt]
end

-- What each of the claims, at these places of ARGV, has already taken: a list of answers, or nil.
local function claims_held(places)
    local nonces, held = {}, {}
    for i, at in ipairs(places) do
        nonces[i] = ARGV[at]
    end
    for i, ids in ipairs(redis.call('HMGET', CLAIMS, unpack(nonces))) do
        if ids and nonces[i] ~= '' then
            held[i] = {-1}
            for id in string.gmatch(ids, '%S+') do
                table.insert(held[i], answer(id))
            end
        end
    end
    return held
end

-- The first ready jobs, no longer ready, and how many there were with those that someone else deleted, as
-- eviction does. Begins with a removal.
local function take_ready(most)
    promote()
    local ids = redis.call('ZRANGE', READY, '0', whole(most - 1))
    local jobs, late = {}, {}
    local texts, keys = texts_of(ids)
    for i, text in ipairs(texts) do
        if text then
            jobs[#jobs + 1] = parse(ids[i], text, keys[i])
        end
        if not text or jobs[#jobs][IS_LATE] == 1 then
            late[#late + 1] = ids[i]
        end
    end
    all_at_once('ZREM', READY, ids)
    all_at_once('ZREM', LATE, late)
    return jobs, #ids
end

-- Takes the first ready jobs for claims, whose words stand at `places` of ARGV; begins with a removal.
-- Returns for each: how long until the next is due (-1: nothing waits, or some were taken), then each job.
local function claim(places)
    local results, most = claims_held(places), 0
    for i, at in ipairs(places) do
        most = most + (results[i] and 0 or ARGV[at + 2])
    end
    if most == 0 then
        return results
    end
    local jobs, found = take_ready(most)
    local texts, runs, nonces, next_job, until_due, notes = {}, {}, {}, 1, nil, {}
    for i, at in ipairs(places) do
        if not results[i] then
            local last = math.min(next_job + ARGV[at + 2] - 1, #jobs)
            local result, ids = {-1}, {}
            for n = next_job, last do
                local job = jobs[n]
                local head = begin_attempt(job, at, next_job == last)
                local text = text_with(head, job)
                texts[#texts + 1], texts[#texts + 2] = job.key, text
                runs[#runs + 1], runs[#runs + 2] = whole(boot + ARGV[at + 3]), mark(job)
                tell(job, head, note_of_attempt(notes, job[ATTEMPTS], ARGV[at + 1]))
                result[#result + 1], ids[#ids + 1] = {job.id, text}, job.id
            end
            if last < next_job then
                until_due = until_due or redis.call('ZRANGE', DUE, '0', '0', 'WITHSCORES')
                result[1] = until_due[2] and until_due[2] - boot or -1
            elseif ARGV[at] ~= '' then
                nonces[#nonces + 1], nonces[#nonces + 2] = ARGV[at], table.concat(ids, ' ')
            end
            results[i], next_job = result, last + 1
        end
    end
    for first = 1, #texts, 2000 do
        redis.call('MSET', unpack(texts, first, math.min(first + 1999, #texts)))
    end
    all_at_once('ZADD', RUN, runs)
    all_at_once('HSET', CLAIMS, nonces)
    if found < most then
        redis.call('DEL', WAKE)
    elseif redis.call('EXISTS', READY) == 1 then
        wake()
    end
    return results
end
