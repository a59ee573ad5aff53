-- The hosts for which passkeys were made, and since when: the relying-party id is the host of the public address, and
-- a passkey works at no other. So another address over old data makes the older ones useless, and the next start says
-- so.

CREATE TABLE relying_party_ids (
  sequence INTEGER PRIMARY KEY,
  rp_id TEXT NOT NULL,
  since TEXT NOT NULL
) STRICT;
