-- How far each reaction (a mail notice, a clean-up: work that follows an event) has read the log. It is not a read
-- model: nothing folds it, and a rebuild leaves it alone. It is not a document either: it never expires, and a
-- restore keeps it, because it is in the same file as the log and so belongs to the same moment. `event_id` is the id
-- of the event at that sequence: with another log under the cursor it does not match, and the reaction says `reset`.
-- One row of `reaction_lease` says which process runs the reactions and until when, in milliseconds since 1970.

CREATE TABLE reaction_cursors (
  name TEXT NOT NULL PRIMARY KEY,
  sequence INTEGER NOT NULL,
  event_id TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE reaction_parked (
  name TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  parked_at INTEGER NOT NULL,
  PRIMARY KEY (name, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE reaction_lease (
  only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;
