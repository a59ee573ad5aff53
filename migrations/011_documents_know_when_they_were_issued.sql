-- A clock that was ahead for a while leaves documents that expire too late by as much. So each document records when
-- it was written, and is valid only from then on: what was issued in a wrong future is absent once the clock is right
-- again. Documents from before this migration are valid from the beginning of time, as before.

ALTER TABLE documents ADD COLUMN issued_at INTEGER NOT NULL DEFAULT 0;
