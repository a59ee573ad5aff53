-- The read models. Every row here is the fold of the events in the log and of nothing else: the projections write the
-- tables in the transaction that appends, and a rebuild gives the same bytes. `read_model_head` holds the commit that
-- they have reached. A column that ends in `_key` is the normalised spelling (NFKC, lower case) that uniqueness is
-- checked on.

CREATE TABLE read_model_head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  position INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE users (
  userid TEXT PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  preferred_username TEXT,
  given_name TEXT,
  family_name TEXT,
  nickname TEXT,
  email TEXT,
  email_verified INTEGER NOT NULL DEFAULT 0,
  phone_number TEXT,
  phone_number_verified INTEGER NOT NULL DEFAULT 0,
  picture TEXT,
  locale TEXT,
  active INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  email_key TEXT,
  webauthn_user_id TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX users_by_verified_email ON users (email_key) WHERE email_verified = 1;
CREATE INDEX users_by_email ON users (email_key) WHERE email_key IS NOT NULL;

CREATE TABLE user_groups (
  userid TEXT NOT NULL REFERENCES users (userid) ON DELETE CASCADE,
  group_name TEXT NOT NULL,
  PRIMARY KEY (userid, group_name)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_groups_by_group ON user_groups (group_name);

CREATE TABLE webauthn_credentials (
  user_id TEXT NOT NULL REFERENCES users (userid) ON DELETE CASCADE,
  credential_id BLOB NOT NULL UNIQUE,
  public_key BLOB NOT NULL,
  sign_count INTEGER NOT NULL DEFAULT 0,
  device_name TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,
  transports TEXT NOT NULL DEFAULT '[]',
  aaguid TEXT NOT NULL DEFAULT '',
  backup_eligible INTEGER NOT NULL DEFAULT 0,
  backup_state INTEGER NOT NULL DEFAULT 0,
  last_used_at TEXT,
  PRIMARY KEY (user_id, credential_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE password_credentials (
  user_id TEXT PRIMARY KEY REFERENCES users (userid) ON DELETE CASCADE,
  password_hash TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- `token` is the SHA-256 of what the link carries; the token itself is never stored.
CREATE TABLE magic_links (
  token TEXT PRIMARY KEY,
  username TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  created_by TEXT,
  note TEXT,
  link_id TEXT NOT NULL UNIQUE,
  purpose TEXT NOT NULL,
  userid TEXT,
  group_names TEXT NOT NULL DEFAULT '[]',
  revoked INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  username_key TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX magic_links_by_user ON magic_links (userid);
CREATE INDEX magic_links_by_username ON magic_links (username_key);
CREATE INDEX magic_links_by_end ON magic_links (expires_at);

CREATE TABLE clients (
  client_id TEXT PRIMARY KEY,
  public INTEGER NOT NULL,
  secret_hash TEXT,
  name TEXT,
  redirect_uris TEXT NOT NULL,
  post_logout_redirect_uris TEXT NOT NULL,
  grant_types TEXT NOT NULL,
  scope TEXT NOT NULL,
  first_party INTEGER NOT NULL,
  backchannel_logout_uri TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  session_id TEXT PRIMARY KEY,
  userid TEXT NOT NULL REFERENCES users (userid) ON DELETE CASCADE,
  amr TEXT NOT NULL,
  address TEXT,
  device_name TEXT,
  started_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (userid);

CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  alg TEXT NOT NULL,
  public_jwk TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at TEXT NOT NULL,
  activated_at TEXT,
  retired_at TEXT
) STRICT, WITHOUT ROWID;

-- The headers of all events, indexed for the queries of the audit trail; the data stays in the log. The last entry of
-- a stream also holds the stream's version and the subject key that seals it. Nearly every event of a user is in the
-- user's own stream, so the index by subject holds only the others.
CREATE TABLE audit_entries (
  sequence INTEGER PRIMARY KEY,
  time TEXT NOT NULL,
  type TEXT NOT NULL,
  stream TEXT NOT NULL,
  version INTEGER NOT NULL,
  key_id TEXT,
  subject TEXT,
  actor TEXT NOT NULL,
  client TEXT
) STRICT;

CREATE INDEX audit_entries_by_time ON audit_entries (time);
CREATE INDEX audit_entries_by_type ON audit_entries (type);
CREATE INDEX audit_entries_by_stream ON audit_entries (stream);
CREATE INDEX audit_entries_by_subject ON audit_entries (subject) WHERE stream <> 'user-' || subject;
CREATE INDEX audit_entries_by_actor ON audit_entries (actor);
CREATE INDEX audit_entries_by_client ON audit_entries (client) WHERE client IS NOT NULL;
