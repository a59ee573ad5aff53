-- The event log: the one source of truth. A commit is the unit of appending; its events and the commands that made
-- them refer to its position. Nothing here is ever changed or removed, and the triggers enforce that against every
-- program that opens the file: a trail that can be edited in place proves nothing. The hash chain over the stored
-- bytes (docs/audit.md) shows a change made around the triggers.

CREATE TABLE log (
  id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE commits (
  position INTEGER PRIMARY KEY,
  epoch INTEGER NOT NULL,
  id TEXT NOT NULL,
  time TEXT NOT NULL,
  previous BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE commands (
  position INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  outcome TEXT NOT NULL,
  PRIMARY KEY (position, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  sequence INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  stream TEXT NOT NULL,
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  time TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  subject TEXT,
  client TEXT,
  request TEXT,
  session TEXT,
  flow TEXT,
  correlation TEXT,
  causation TEXT,
  command TEXT NOT NULL,
  key_id TEXT,
  payload TEXT NOT NULL
) STRICT;

CREATE INDEX events_by_position ON events (position);

CREATE TRIGGER log_keeps BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_stays BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER commits_keep BEFORE UPDATE ON commits BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER commits_stay BEFORE DELETE ON commits BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER commands_keep BEFORE UPDATE ON commands BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER commands_stay BEFORE DELETE ON commands BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER events_keep BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER events_stay BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
