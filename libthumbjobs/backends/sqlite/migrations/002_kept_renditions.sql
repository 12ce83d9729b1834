-- Small renditions of jobs that succeeded; the others are in the image storage. A table of its own,
-- so that whoever looks for jobs does not read through images.
CREATE TABLE kept (
    place INTEGER PRIMARY KEY,   -- 32 times the job's number, plus the rendition's index
    bytes BLOB NOT NULL
) STRICT;
