import { describe, expect, it } from 'vitest'
import { personalDataQueries } from '../../src/projections/personal-data/queries.ts'
import { emptyReadModels } from '../support/fresh-fold.ts'

const BEFORE = '2030-01-01T00:00:00.000Z'

describe('what living people hold', () => {
  const sql = emptyReadModels()
  sql.exec(`
    INSERT INTO users (userid, username, given_name, created_at, updated_at, username_key, webauthn_user_id)
      VALUES ('lusab-babad', 'ada', 'Ünï', '${BEFORE}', '${BEFORE}', 'ada', 'handle');
    INSERT INTO webauthn_credentials (user_id, credential_id, public_key, device_name, created_at)
      VALUES ('lusab-babad', x'0102030405', x'ff00ff00', 'Phone of Ada', '${BEFORE}');
    INSERT INTO password_credentials (user_id, password_hash, created_at) VALUES ('lusab-babad', '$argon2id$v=19$rest', '${BEFORE}');
    INSERT INTO sessions (session_id, userid, amr, address, device_name, started_at, expires_at)
      VALUES ('s', 'lusab-babad', '[]', '192.0.2.1', 'Laptop', '${BEFORE}', '${BEFORE}');
    INSERT INTO magic_links (token, username, note, expires_at, link_id, purpose, created_at, username_key, email, browser_hash)
      VALUES ('0123456789abcdef', 'grace', 'for Grace', '${BEFORE}', 'l', 'invitation', '${BEFORE}', 'grace',
        'grace@mail.example', 'fedcba9876543210');
  `)
  const { isHeld } = personalDataQueries(sql)

  it.each([
    'ada',
    'Ünï',
    'handle',
    'Phone of',
    '$argon2id$v=',
    '192.0.2.1',
    'Laptop',
    'grace',
    'for Grace',
    'grace@mail',
    'fedcba98',
    '89abcdef',
  ])('is found by a part of it: %s', (text) => expect(isHeld(Buffer.from(text))).toBe(true))

  it('is found by bytes, also such that are no text', () => {
    expect(isHeld(Buffer.from([2, 3, 4]))).toBe(true)
    expect(isHeld(Buffer.from([0xff, 0, 0xff]))).toBe(true)
    expect(isHeld(Buffer.from('Ü').subarray(1))).toBe(true)
  })

  it('is nothing else: no other text, no two values that meet', () => {
    for (const text of ['Adb', 'adaÜnï', 'gracefor']) expect(isHeld(Buffer.from(text))).toBe(false)
    expect(isHeld(Buffer.from([2, 4]))).toBe(false)
  })
})
