import type { Command, CommandInput, CommandType } from '../../src/commands/catalogue.ts'
import { COMMANDS } from '../../src/commands/catalogue.ts'
import { command } from '../../src/commands/command.ts'
import type { Views } from '../../src/projections/views.ts'
import {
  CLIENTS,
  CREDENTIALS,
  DEVICES,
  EMAILS,
  GROUPS,
  HANDLE,
  HASHES,
  HOUR,
  KIDS,
  LINK_IDS,
  LOCALES,
  NAMES,
  NUMBERS,
  numbered,
  openWorld,
  PICTURES,
  PUBLIC_KEY,
  PURPOSES,
  REASONS,
  SECRETS,
  SESSIONS,
  TOKENS,
  URIS,
  USERIDS,
  USERNAMES,
  type World,
} from './command-world.ts'
import type { Dice } from './dice.ts'

const profile = (dice: Dice) => ({
  preferred_username: dice.maybe(NAMES),
  given_name: dice.maybe(NAMES),
  family_name: dice.maybe(NAMES),
  nickname: dice.maybe(NAMES),
  phone_number: dice.maybe(NUMBERS),
  picture: dice.maybe(PICTURES),
  locale: dice.maybe(LOCALES),
})

const passkey = (dice: Dice) => ({
  credential_id: dice.pick(CREDENTIALS),
  public_key: PUBLIC_KEY,
  sign_count: dice.below(3),
  device_name: dice.pick(DEVICES),
  transports: dice.some(['internal', 'hybrid']),
  backup_eligible: dice.chance(2),
  backup_state: dice.chance(2),
})

const credential = (dice: Dice) =>
  dice.chance(2) ? { password_hash: dice.pick(HASHES) } : { passkey: passkey(dice) }

const clientMetadata = (dice: Dice) => ({
  name: dice.maybe(NAMES),
  redirect_uris: dice.some(URIS),
  post_logout_redirect_uris: dice.some(URIS),
  scope: dice.pick(['openid', 'openid profile email']),
  first_party: dice.chance(2),
  backchannel_logout_uri: dice.maybe(['https://app.example/logout']),
})

/** Removes some of the fields, so that a change names only those that are left. */
function part<T extends object>(dice: Dice, fields: T): Partial<T> {
  return Object.fromEntries(dice.some(Object.entries(fields))) as Partial<T>
}

type Inputs = { [T in CommandType]: (dice: Dice, world: World) => CommandInput<T> }

/** How the input of every command is made; a new command does not compile until it is here. */
const INPUTS: Inputs = {
  'register-user': (dice, world) => ({
    userid: world.newcomer(),
    username: dice.pick(USERNAMES),
    email: dice.maybe(EMAILS),
    email_verified: dice.chance(2),
    groups: dice.some(GROUPS),
    phone_number_verified: dice.chance(2),
    ...profile(dice),
  }),
  'change-user': (dice, world) => ({
    userid: world.someone(),
    changes: part(dice, {
      ...profile(dice),
      username: dice.pick(USERNAMES),
      email: dice.maybe(EMAILS),
      email_verified: dice.chance(2),
      phone_number_verified: dice.chance(2),
      groups: dice.some(GROUPS),
      active: !dice.chance(3),
    }),
  }),
  'verify-user-email': (dice, world) => ({
    userid: world.someone(),
    email: dice.pick(EMAILS),
    discard_unproven_credentials: dice.chance(2),
  }),
  'erase-user': (_dice, world) => ({ userid: world.someone() }),
  'set-password': (dice, world) => ({
    userid: world.someone(),
    password_hash: dice.pick(HASHES),
    end_sessions: dice.chance(2),
    keep_session: dice.maybe([world.session()]),
  }),
  'rehash-password': (dice, world) => ({
    userid: world.someone(),
    password_hash: dice.pick(HASHES),
    previous_hash: dice.pick(HASHES),
  }),
  'remove-password': (_dice, world) => ({ userid: world.someone() }),
  'register-passkey': (dice, world) => ({ userid: world.someone(), ...passkey(dice) }),
  'rename-passkey': (dice, world) => ({
    ...world.holder(),
    device_name: dice.pick(DEVICES),
  }),
  'record-passkey-use': (dice, world) => ({
    ...world.holder(),
    sign_count: dice.below(9),
    backup_state: dice.chance(2),
  }),
  'flag-passkey': (dice, world) => ({
    ...world.holder(),
    reported_count: dice.below(9),
  }),
  'remove-passkey': (_dice, world) => ({ ...world.holder() }),
  'issue-magic-link': (dice, world) => {
    const purpose = dice.pick(PURPOSES)
    const opensAccount = purpose === 'invitation' || purpose === 'claim'
    const { userid, username } = world.named()
    return {
      link_id: dice.pick(LINK_IDS),
      token_hash: dice.pick(TOKENS),
      purpose,
      userid: opensAccount ? null : userid,
      username: opensAccount ? dice.pick(USERNAMES) : username,
      expires_at: world.inTime(dice.pick([HOUR, 48 * HOUR])),
      created_by: dice.maybe(['cli']),
      note: dice.maybe(NAMES),
      groups: opensAccount ? dice.some(GROUPS) : [],
    }
  },
  'use-magic-link': (_dice, world) => {
    const purpose = world.purpose()
    return { token_hash: world.token(purpose), purpose, userid: null }
  },
  'accept-invitation': (dice, world) => ({
    token_hash: world.token('invitation', 'claim'),
    userid: world.newcomer(),
    username: dice.chance(3) ? dice.pick(USERNAMES) : null,
    email: dice.maybe(EMAILS),
    webauthn_user_id: HANDLE,
    ...profile(dice),
    ...credential(dice),
  }),
  'recover-account': (dice, world) => ({ token_hash: world.token('recovery'), ...credential(dice) }),
  'revoke-magic-link': (_dice, world) => ({ link_id: world.link() }),
  'purge-magic-links': (dice) => ({ limit: 1 + dice.below(4) }),
  'register-client': (dice) => {
    const isPublic = dice.chance(2)
    const grants = isPublic ? ['authorization_code' as const] : ['client_credentials' as const]
    const secret_hash = isPublic ? null : dice.pick(SECRETS)
    return {
      client_id: dice.pick(CLIENTS),
      public: isPublic,
      secret_hash,
      grant_types: grants,
      ...clientMetadata(dice),
    }
  },
  'change-client': (dice, world) => ({
    client_id: world.client(),
    changes: part(dice, clientMetadata(dice)),
  }),
  'count-client-secret-failures': (dice, world) => ({
    client_id: world.client(),
    failures: 1 + dice.below(10),
    window_seconds: 900,
    until: dice.chance(2) ? world.inTime(HOUR) : null,
  }),
  'rotate-client-secret': (dice, world) => ({ client_id: world.client(), secret_hash: dice.pick(SECRETS) }),
  'remove-client': (_dice, world) => ({ client_id: world.client() }),
  'record-sign-in': (dice, world) => ({
    userid: world.someone(),
    session_id: dice.pick(SESSIONS),
    amr: [dice.pick(['pwd', 'passkey', 'link', 'code'] as const)],
    expires_at: world.inTime(dice.pick([HOUR, 48 * HOUR])),
    address: dice.maybe(['192.0.2.1', '2001:db8::1']),
    device_name: dice.maybe(DEVICES),
  }),
  'end-session': (dice, world) => ({ session_id: world.session(), reason: dice.pick(REASONS) }),
  'end-sessions': (dice, world) => ({
    userid: world.someone(),
    reason: dice.pick(REASONS),
    keep_session: dice.maybe([world.session()]),
  }),
  'count-sign-in-failures': (_dice, world) => ({ userid: world.someone(), failures: 5, window_seconds: 60 }),
  'throttle-sign-in': (_dice, world) => ({
    userid: world.someone(),
    until: world.inTime(HOUR),
    reason: 'guessing',
  }),
  'report-token-reuse': (dice, world) => ({
    userid: world.someone(),
    client_id: dice.pick(CLIENTS),
    kind: 'refresh_token',
  }),
  'create-signing-key': (dice) => ({
    kid: dice.pick(KIDS),
    alg: dice.pick(['RS256', 'ES256'] as const),
    public_jwk: { kty: 'EC' },
  }),
  'activate-signing-key': (dice) => ({ kid: dice.pick(KIDS) }),
  'retire-signing-key': (dice) => ({ kid: dice.pick(KIDS) }),
  'accept-loss': () => ({ from_epoch: 1, position: 0, seen_position: null, lost_streams: [] }),
  'begin-epoch': () => ({ from_epoch: 1, backup_sequence: 0 }),
  'change-relying-party-id': (dice) => ({ rp_id: dice.pick(['id.example.org', 'other.example']) }),
}

/** Most commands are about people, so people have to come first and often. */
const TYPES: readonly CommandType[] = [
  ...COMMANDS.map(({ type }) => type),
  ...numbered(5, () => 'register-user' as const),
  ...numbered(6, () => 'issue-magic-link' as const),
  ...numbered(4, () => 'register-passkey' as const),
  ...numbered(4, () => 'set-password' as const),
  ...numbered(3, () => 'accept-invitation' as const),
  ...numbered(3, () => 'recover-account' as const),
  ...numbered(3, () => 'record-sign-in' as const),
  ...numbered(2, () => 'change-user' as const),
  ...numbered(2, () => 'remove-password' as const),
  ...numbered(2, () => 'remove-passkey' as const),
  ...numbered(2, () => 'use-magic-link' as const),
  'erase-user',
]

/** Makes a command of any type, at the time `now`; the state decides whether it is accepted. */
export function randomCommand(dice: Dice, views: Views, now: number): Command {
  const type = dice.pick(TYPES)
  const input = INPUTS[type](dice, openWorld(dice, views, now))
  const actor = { kind: 'user', id: dice.pick(USERIDS) } as const
  return command(type, input, actor) as Command
}
