-- Short-lived protocol state: sessions, codes, tokens, challenges, throttles. It is not history, so it is kept
-- outside the log and rewritten freely, but in the same file, so that one sync serves commands and documents. It is
-- the most written table, and its keys are random: an ordinary rowid table appends new rows at its end and puts only
-- a key of 32 bytes in a random place (SHA-256 over kind and key), and the indexes that few kinds need are partial. A
-- document holds either a payload or a counter; times are milliseconds since 1970.

CREATE TABLE documents (
  key_hash BLOB NOT NULL PRIMARY KEY,
  uid_hash BLOB,
  kind TEXT NOT NULL,
  account TEXT,
  grant_id TEXT,
  payload TEXT,
  counter INTEGER,
  expires_at INTEGER NOT NULL,
  consumed_at INTEGER,
  CHECK ((payload IS NULL) <> (counter IS NULL))
) STRICT;

CREATE UNIQUE INDEX documents_by_uid ON documents (uid_hash) WHERE uid_hash IS NOT NULL;
CREATE INDEX documents_by_grant ON documents (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX documents_by_account ON documents (account) WHERE account IS NOT NULL;
CREATE INDEX documents_by_expiry ON documents (expires_at);
