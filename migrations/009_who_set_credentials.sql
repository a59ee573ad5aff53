-- A credential that somebody else could have set before the owner of an account came is removed when the owner proves
-- the mail address, and no other is; so each records who set it. For existing credentials the audit entries know who
-- caused the event that set them: the user, or somebody else. A link records the address that it was mailed to, and a
-- hash of the browser that asked for it, so that a request from elsewhere voids nothing.

ALTER TABLE password_credentials ADD COLUMN set_by TEXT NOT NULL DEFAULT 'other';
ALTER TABLE webauthn_credentials ADD COLUMN set_by TEXT NOT NULL DEFAULT 'other';
ALTER TABLE magic_links ADD COLUMN email TEXT;
ALTER TABLE magic_links ADD COLUMN browser_hash TEXT;

UPDATE password_credentials SET set_by = 'owner'
WHERE user_id = (
  SELECT actor FROM audit_entries
  WHERE stream = 'user-' || password_credentials.user_id AND type = 'PasswordSet'
  ORDER BY sequence DESC LIMIT 1
);

UPDATE webauthn_credentials SET set_by = 'owner'
WHERE EXISTS (
  SELECT 1 FROM audit_entries
  WHERE stream = 'user-' || webauthn_credentials.user_id AND type = 'PasskeyRegistered'
    AND time = webauthn_credentials.created_at AND actor = webauthn_credentials.user_id
) AND NOT EXISTS (
  SELECT 1 FROM audit_entries
  WHERE stream = 'user-' || webauthn_credentials.user_id AND type = 'PasskeyRegistered'
    AND time = webauthn_credentials.created_at AND actor <> webauthn_credentials.user_id
);
