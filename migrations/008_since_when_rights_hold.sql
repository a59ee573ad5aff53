-- Since when each right that tokens are issued under is valid, as the sequence number of the event that granted it. A
-- token records the log position at its issue; a right that was removed and granted again is newer than that, so it
-- does not revive what was issued before. `rights` of a client lists its registration, its secret, and each grant
-- type, scope and redirect URI. `strong_at` is when a password or passkey was last given in a session, null while
-- there were only mailed links and codes.

ALTER TABLE sessions ADD COLUMN strong_at TEXT;

UPDATE sessions SET strong_at = proof.time
FROM (
  SELECT json_extract(payload, '$.session_id') AS session_id, time, max(sequence) AS sequence
  FROM events
  WHERE type = 'SignInSucceeded'
    AND EXISTS (SELECT 1 FROM json_each(payload, '$.amr') WHERE value IN ('pwd', 'passkey'))
  GROUP BY 1
) AS proof
WHERE proof.session_id = sessions.session_id;

ALTER TABLE user_groups ADD COLUMN since INTEGER NOT NULL DEFAULT 0;

UPDATE user_groups SET since = joined.since
FROM (
  SELECT userid, group_name, max(sequence) AS since
  FROM (
    SELECT json_extract(payload, '$.userid') AS userid, value AS group_name, sequence
    FROM events, json_each(payload, '$.groups')
    WHERE events.type = 'UserRegistered'
    UNION ALL
    SELECT json_extract(payload, '$.userid'), value, sequence
    FROM events, json_each(payload, '$.groups.after')
    WHERE events.type = 'UserGroupsChanged'
      AND value NOT IN (SELECT value FROM json_each(payload, '$.groups.before'))
  )
  GROUP BY 1, 2
) AS joined
WHERE joined.userid = user_groups.userid AND joined.group_name = user_groups.group_name;

ALTER TABLE clients ADD COLUMN rights TEXT NOT NULL DEFAULT '{}';

CREATE TEMP TABLE registered AS
SELECT json_extract(payload, '$.client_id') AS client_id, max(sequence) AS sequence
FROM events WHERE type = 'ClientRegistered' GROUP BY 1;

CREATE TEMP TABLE added AS
SELECT json_extract(payload, '$.client_id') AS client_id, field.name, new.value, sequence
FROM events
  JOIN (SELECT 'grant_types' AS name UNION ALL SELECT 'redirect_uris') AS field
  JOIN json_each(payload, '$.changes.' || field.name || '.after') AS new
WHERE events.type = 'ClientChanged'
  AND new.value NOT IN (SELECT value FROM json_each(payload, '$.changes.' || field.name || '.before'))
UNION ALL
SELECT json_extract(payload, '$.client_id'), 'scope', new.value, sequence
FROM events
  JOIN json_each('["' || replace(json_extract(payload, '$.changes.scope.after'), ' ', '","') || '"]') AS new
WHERE events.type = 'ClientChanged'
  AND new.value NOT IN (
    SELECT value
    FROM json_each('["' || replace(json_extract(payload, '$.changes.scope.before'), ' ', '","') || '"]')
  );

CREATE TEMP TABLE held AS
SELECT clients.client_id, field.name, one.key AS ordinal, json_array(one.value, (
    SELECT max(sequence) FROM (
      SELECT sequence FROM registered WHERE client_id = clients.client_id
      UNION ALL
      SELECT sequence FROM added
      WHERE client_id = clients.client_id AND name = field.name AND value = one.value
    )
  )) AS pair
FROM clients
  JOIN (SELECT 'grant_types' AS name UNION ALL SELECT 'scope' UNION ALL SELECT 'redirect_uris') AS field
  JOIN json_each(CASE field.name
    WHEN 'grant_types' THEN grant_types
    WHEN 'redirect_uris' THEN redirect_uris
    ELSE '["' || replace(scope, ' ', '","') || '"]'
  END) AS one;

UPDATE clients SET rights = (
  SELECT '{"client":' || registered.sequence || ',"secret":' || max(registered.sequence, coalesce((
      SELECT max(sequence) FROM events
      WHERE type = 'ClientSecretRotated' AND json_extract(payload, '$.client_id') = clients.client_id
    ), 0))
    || ',"grants":[' || (SELECT coalesce(group_concat(pair), '') FROM (
      SELECT pair FROM held WHERE client_id = clients.client_id AND name = 'grant_types' ORDER BY ordinal))
    || '],"scopes":[' || (SELECT coalesce(group_concat(pair), '') FROM (
      SELECT pair FROM held WHERE client_id = clients.client_id AND name = 'scope' ORDER BY ordinal))
    || '],"redirects":[' || (SELECT coalesce(group_concat(pair), '') FROM (
      SELECT pair FROM held WHERE client_id = clients.client_id AND name = 'redirect_uris' ORDER BY ordinal))
    || ']}'
  FROM registered WHERE registered.client_id = clients.client_id
);

DROP TABLE held;
DROP TABLE added;
DROP TABLE registered;
