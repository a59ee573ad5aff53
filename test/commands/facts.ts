import type { EventData } from '../../src/events/catalogue.ts'
import type { Setter } from '../../src/events/credential.ts'
import type { NewEvent } from '../../src/events/envelope.ts'

// The past that the tests are given: a few people and things, and the events that brought them about.

export const ADA = 'lusab-babad'
export const BOB = 'gutih-tugad'

export const HASH = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo'
export const OTHER_HASH = '$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo'
export const HANDLE = Buffer.alloc(32, 7).toString('base64url')
export const PASSKEY = Buffer.from('passkey-1').toString('base64url')
export const PASSKEY_2 = Buffer.from('passkey-2').toString('base64url')
export const PUBLIC_KEY = Buffer.from('cose-key').toString('base64url')

/** A UUID that ends in `n`. */
export const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`
/** The SHA-256, hex, of a token; each `n` gives another one. */
export const token = (n: number) => n.toString(16).padStart(64, '0')

export const EARLIER = '2030-01-01T06:00:00.000Z'
export const LATER = '2030-01-02T00:00:00.000Z'

const user = (userid: string) => ({ stream: `user-${userid}`, subject: userid })

export function userRegistered(
  userid: string,
  username: string,
  data: Partial<EventData<'UserRegistered'>> = {},
): NewEvent {
  return {
    type: 'UserRegistered',
    ...user(userid),
    data: {
      userid,
      username,
      email: null,
      email_verified: false,
      groups: [],
      preferred_username: null,
      given_name: null,
      family_name: null,
      nickname: null,
      phone_number: null,
      phone_number_verified: false,
      picture: null,
      locale: null,
      link_id: null,
      webauthn_user_id: HANDLE,
      ...data,
    },
  }
}

export function userDeactivated(userid: string): NewEvent {
  return { type: 'UserDeactivated', ...user(userid), data: { userid } }
}

export function userErased(userid: string): NewEvent {
  return { type: 'UserErased', ...user(userid), data: { userid, link_ids: [] } }
}

export function passwordSet(userid: string, password_hash = HASH, set_by: Setter = 'other'): NewEvent {
  return { type: 'PasswordSet', ...user(userid), data: { userid, password_hash, set_by } }
}

export function passwordRemoved(userid: string): NewEvent {
  return { type: 'PasswordRemoved', ...user(userid), data: { userid } }
}

export function passkeyRegistered(
  userid: string,
  credential_id = PASSKEY,
  data: Partial<EventData<'PasskeyRegistered'>> = {},
): NewEvent {
  return {
    type: 'PasskeyRegistered',
    ...user(userid),
    data: {
      userid,
      credential_id,
      public_key: PUBLIC_KEY,
      sign_count: 0,
      device_name: '',
      transports: [],
      aaguid: '',
      backup_eligible: false,
      backup_state: false,
      set_by: 'other',
      ...data,
    },
  }
}

export function passkeyRemoved(userid: string, credential_id = PASSKEY, device_name = ''): NewEvent {
  return { type: 'PasskeyRemoved', ...user(userid), data: { userid, credential_id, device_name } }
}

export function signedIn(userid: string, session: number, expires_at = LATER): NewEvent {
  return {
    type: 'SignInSucceeded',
    ...user(userid),
    data: { userid, session_id: id(session), amr: ['pwd'], expires_at, address: null, device_name: null },
  }
}

export function sessionEnded(
  userid: string,
  session: number,
  reason: EventData<'SessionEnded'>['reason'],
): NewEvent {
  return { type: 'SessionEnded', ...user(userid), data: { userid, session_id: id(session), reason } }
}

const link = (n: number, userid: string | null) => ({ stream: `link-${id(n)}`, subject: userid ?? id(n) })

/** Link `n`: its id ends in `n`, and so does its token. */
export function linkIssued(n: number, data: Partial<EventData<'MagicLinkIssued'>> = {}): NewEvent {
  return {
    type: 'MagicLinkIssued',
    ...link(n, data.userid ?? null),
    data: {
      link_id: id(n),
      token_hash: token(n),
      purpose: 'invitation',
      userid: null,
      username: 'grace',
      expires_at: LATER,
      created_by: null,
      note: null,
      groups: [],
      email: null,
      browser_hash: null,
      ...data,
    },
  }
}

export function linkUsed(n: number, userid: string | null): NewEvent {
  return { type: 'MagicLinkUsed', ...link(n, userid), data: { link_id: id(n), userid } }
}

export function linkRevoked(
  n: number,
  userid: string | null,
  reason: EventData<'MagicLinkRevoked'>['reason'],
): NewEvent {
  return { type: 'MagicLinkRevoked', ...link(n, userid), data: { link_id: id(n), userid, reason } }
}

export function linkPurged(n: number, userid: string | null): NewEvent {
  return { type: 'MagicLinkPurged', ...link(n, userid), data: { link_id: id(n), userid } }
}

export function clientRegistered(
  client_id: string,
  data: Partial<EventData<'ClientRegistered'>> = {},
): NewEvent {
  return {
    type: 'ClientRegistered',
    stream: `client-${client_id}`,
    subject: client_id,
    data: {
      client_id,
      public: false,
      secret_hash: token(1),
      name: null,
      redirect_uris: ['https://app.example/cb'],
      post_logout_redirect_uris: [],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid profile email phone groups offline_access',
      first_party: false,
      backchannel_logout_uri: null,
      ...data,
    },
  }
}

export const JWK = { kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ' }

export function keyCreated(kid: string): NewEvent {
  return {
    type: 'SigningKeyCreated',
    stream: `key-${kid}`,
    subject: kid,
    data: { kid, alg: 'ES256', public_jwk: JWK },
  }
}

export function keyActivated(kid: string): NewEvent {
  return { type: 'SigningKeyActivated', stream: `key-${kid}`, subject: kid, data: { kid } }
}

export function keyRetired(kid: string): NewEvent {
  return { type: 'SigningKeyRetired', stream: `key-${kid}`, subject: kid, data: { kid } }
}
