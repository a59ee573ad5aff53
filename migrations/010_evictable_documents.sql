-- What anonymous callers can store (authorization requests, requests for links, challenges, counters of unknown
-- names) is limited in number for each kind. Such documents are marked, and an index over them alone finds those that
-- expire first; the documents of people and applications, which are written most, are not in it and cost no more than
-- before.

ALTER TABLE documents ADD COLUMN evictable INTEGER;

CREATE INDEX documents_evictable ON documents (kind, expires_at) WHERE evictable IS NOT NULL;
