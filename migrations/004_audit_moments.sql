-- Queries for a time range use sequence numbers: `high` is the latest time in the log when an event was appended,
-- where that is later than the event's own time (a clock was set back, or differs from another node's), and null
-- otherwise. Coalesced with `time` it never falls, so a binary search finds a time.

ALTER TABLE audit_entries ADD COLUMN high TEXT;

UPDATE audit_entries SET high = reached.high
FROM (SELECT sequence, max(time) OVER (ORDER BY sequence) AS high FROM audit_entries) AS reached
WHERE reached.sequence = audit_entries.sequence AND reached.high > audit_entries.time;

DROP INDEX audit_entries_by_time;
CREATE INDEX audit_entries_late ON audit_entries (time) WHERE high IS NOT NULL;
