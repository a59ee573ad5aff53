-- Two facts that distinguish a loss from an intended removal. `watermark_kept` says that this installation has a
-- watermark file next to its log, so that a missing file is a fault and not an old installation; its row is not part
-- of a backup. `closed_streams` lists every stream that an event ended: only there may a subject key be missing. A
-- link that ends with its person has no closing event of its own, so the last entry of its stream cannot say so.

CREATE TABLE watermark_kept (
  only INTEGER PRIMARY KEY CHECK (only = 1)
) STRICT;

CREATE TABLE closed_streams (
  stream TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO closed_streams (stream, sequence)
SELECT stream, sequence FROM audit_entries WHERE type IN ('UserErased', 'MagicLinkPurged') ORDER BY sequence;

INSERT OR IGNORE INTO closed_streams (stream, sequence)
SELECT 'link-' || link.value, events.sequence
FROM audit_entries JOIN events ON events.sequence = audit_entries.sequence, json_each(events.payload, '$.link_ids') AS link
WHERE audit_entries.type = 'UserErased';
