-- The digest of each read-model table, which detects damage on the disk and rows put in by hand without folding the
-- log. `rows` counts the rows of table `name`; `sum` adds up a checksum of each, modulo 2^48. The writer updates both
-- in the transaction that changes the rows. A table without an entry has not been summed yet: every migration clears
-- all entries, and the next start rebuilds the read models from the log.

CREATE TABLE read_model_digests (
  name TEXT PRIMARY KEY,
  rows INTEGER NOT NULL,
  sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A search by the beginning of an address goes on after a user in the order of this index.
DROP INDEX users_by_email;
CREATE INDEX users_by_email ON users (email_key, userid) WHERE email_key IS NOT NULL;
