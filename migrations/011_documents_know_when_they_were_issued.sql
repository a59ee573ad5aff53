-- A clock that was ahead for a while leaves documents with ends that are too late by as much. So each document says
-- when it was written, and counts only from then on: what was issued in a wrong future is absent once the clock is
-- right again. What was there before this migration counts from the beginning of time, as it did.

ALTER TABLE documents ADD COLUMN issued_at INTEGER NOT NULL DEFAULT 0;
