-- One row, seldom changed: whose content this is.
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    store_id TEXT NOT NULL,
    history TEXT NOT NULL, -- of the events; renewed at each boot, since a power cut may take the
                           -- last of them back
    boot_id TEXT NOT NULL  -- of the machine; times on the boot clock are of this boot
) STRICT;

-- One row, changed by each commit: counters, so that nothing has to be counted.
CREATE TABLE totals (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    last_job INTEGER NOT NULL,
    first_event INTEGER NOT NULL, -- the oldest kept, or last_event + 1
    last_event INTEGER NOT NULL,
    ready INTEGER NOT NULL,
    delayed INTEGER NOT NULL,
    processing INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    tombstones INTEGER NOT NULL
) STRICT;
INSERT INTO totals VALUES (1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);

CREATE TABLE jobs (
    number INTEGER PRIMARY KEY,  -- in the order of creation, never used twice
    id BLOB NOT NULL,
    place INTEGER NOT NULL,      -- 0 ready, 1 delayed, 2 processing, 3 succeeded, 4 failed,
                                 -- 5 cancelled, 6 tombstone
    due INTEGER,                 -- in ms; place 0: ready since; 1: ready at; 2: end of the lease;
                                 -- 6: may be forgotten at (all on the boot clock); 3 to 5: end of
                                 -- the retention (wall clock), if any
    token INTEGER NOT NULL,
    decoding INTEGER NOT NULL,
    ending INTEGER NOT NULL,     -- how the latest claim ended
    claim_id TEXT,
    original_key TEXT,
    -- What an event repeats.
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    progress REAL NOT NULL,
    updated_at INTEGER NOT NULL, -- all of these in ms of the wall clock
    started_at INTEGER,
    finished_at INTEGER,
    next_attempt_at INTEGER,
    expires_at INTEGER,
    error_code TEXT,
    error_message TEXT,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    available INTEGER NOT NULL,
    -- What never changes, or once.
    max_attempts INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    filename TEXT,
    media_type TEXT,
    specs TEXT NOT NULL,         -- JSON
    metadata TEXT,               -- JSON; null: none
    request_id TEXT,
    traceparent TEXT,
    renditions TEXT,             -- JSON; null until succeeded
    rendition_keys TEXT,         -- one a line
    idempotency_key TEXT,        -- null: none
    fingerprint TEXT
) STRICT;

CREATE UNIQUE INDEX jobs_id ON jobs (id);
CREATE UNIQUE INDEX jobs_key ON jobs (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_listed ON jobs (place, id);
CREATE INDEX jobs_ready ON jobs (priority DESC, number) WHERE place = 0;
CREATE INDEX jobs_due ON jobs (place, due) WHERE due IS NOT NULL;

-- The history of transitions: each row is an event, and a line of the log if it has a message.
CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,     -- of the job
    id BLOB NOT NULL,
    deleted INTEGER NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    progress REAL NOT NULL,
    updated_at INTEGER NOT NULL, -- the time of the event
    started_at INTEGER,
    finished_at INTEGER,
    next_attempt_at INTEGER,
    expires_at INTEGER,
    error_code TEXT,
    error_message TEXT,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    available INTEGER NOT NULL,
    level INTEGER,
    message TEXT,
    worker TEXT
) STRICT;

-- How many jobs became terminal in each of the last 60 seconds of the boot clock.
CREATE TABLE finished (
    slot INTEGER PRIMARY KEY,    -- second modulo 60
    second INTEGER NOT NULL,
    jobs INTEGER NOT NULL
) STRICT;

-- Leases of the whole store.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    ends INTEGER NOT NULL        -- on the boot clock
) STRICT, WITHOUT ROWID;
