// Puts secrets through the services and commands, rightly and wrongly, and prints whatever comes of it, errors
// with all their causes: what a log would hold on the worst day. The secrets themselves go to the parent only.
import { inspect } from 'node:util'
import { MagicLinkService } from '../../../src/authn/magic-link-service.ts'
import { PasswordService } from '../../../src/authn/password-service.ts'
import type { Command } from '../../../src/commands/catalogue.ts'
import { command, NO_ORIGIN, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { systemRandom, tokenHash } from '../../../src/kernel/random.ts'
import { Secret } from '../../../src/kernel/secret.ts'
import { signCheckpoint } from '../../../src/log/checkpoint.ts'
import { loadKeySet, publishSigningKey } from '../../../src/oidc/keys/signing-keys.ts'
import { openThreadedStorage, type Storage } from '../../../src/storage/open.ts'
import { filesIn } from '../../support/installation.ts'
import { persona } from '../../support/persona.ts'
import { childArgument, report } from './child.ts'

export interface CanaryTask {
  directory: string
  /** Base64; never a file. */
  masterKey: string
  password: string
  clientSecret: string
}

/** The secrets that came up on the way, each with what it is; bytes are base64. */
export interface CanaryReport {
  found: { what: string; text?: string; base64?: string }[]
}

const ADA = persona('lusab-babad')

async function run(task: CanaryTask): Promise<void> {
  const files = filesIn(task.directory, Buffer.from(task.masterKey, 'base64'))
  const storage = await openThreadedStorage(files, (error) => console.error(error))
  const codeKey = systemRandom(32)
  const links = new MagicLinkService({
    clock: systemClock,
    random: systemRandom,
    codeKey: new Secret(codeKey),
  })
  const passwords = await PasswordService.start({
    random: systemRandom,
    concurrency: 1,
    cost: { memoryKib: 64, iterations: 2, parallelism: 1 },
  })
  const link = links.create({ purpose: 'recovery' })
  const [token, code] = [link.token.reveal(), link.code.reveal()]
  show('settings', { ...task, masterKey: new Secret(task.masterKey), password: '', clientSecret: '' })
  show('link', link)

  await rightly(storage, task, link, await passwords.hash(task.password))
  await shown(() =>
    passwords.verify(task.password, storage.views.credentials.passwordOf(ADA.userid)!.password_hash),
  )
  await shown(() => passwords.verify(`${task.password}!`, null))
  await shown(() => passwords.verify(task.password, 'not a hash'))
  await shown(() => passwords.hash(task.password.repeat(40)))
  await shown(() =>
    links.inspect(token, 'sign_in', async (hash) => storage.views.magicLinks.byTokenHash(hash)),
  )
  await shown(() => links.inspect(`${token}x`, 'sign_in', async () => null))
  await shown(() =>
    links.inspectCode({ linkId: link.link_id, code }, 'sign_in', async () => ({ ...link, used: false })),
  )
  await storage.documents.upsert('Code', token, { for: ADA.userid }, systemClock() + 60_000, { uid: code })
  await shown(() => storage.documents.increment('Code', token, 1, systemClock() + 60_000))

  await publishSigningKey(storage, 'ES256')
  await publishSigningKey(storage, 'RS256')
  const privateKeys = await loadKeySet(storage)
  await wrongly(storage, { ...task, token, code, privateKeys })
  show('checkpoint', await signCheckpoint(storage.log.head(), '2030-01-01T00:00:00.000Z', storage.keys))
  const auditKey = await storage.keys.secret('audit-key')

  await report({
    found: [
      { what: 'token of a link', text: token },
      { what: 'code of a link', text: code },
      { what: 'key of the codes', base64: Buffer.from(codeKey).toString('base64') },
      {
        what: 'audit key',
        base64: Buffer.from(auditKey ?? [])
          .subarray(-32)
          .toString('base64'),
      },
      ...privateKeys.flatMap(({ kty, d, p }) => [
        { what: `private part of an ${kty} key`, text: d ?? '' },
        {
          what: `private part of an ${kty} key`,
          base64: Buffer.from(d ?? '', 'base64url').toString('base64'),
        },
        ...(p === undefined ? [] : [{ what: `prime of an ${kty} key`, text: p }]),
      ]),
      ...(await subjectKeys(storage)),
    ],
  } satisfies CanaryReport)
  await storage.close()
  process.disconnect()
}

async function rightly(
  storage: Storage,
  task: CanaryTask,
  link: ReturnType<MagicLinkService['create']>,
  hash: string,
) {
  const { userid, profile } = ADA
  const { link_id, token_hash, purpose, expires_at } = link
  const secret_hash = tokenHash(task.clientSecret)
  for (const submitted of [
    command('register-user', { userid, ...profile }, SYSTEM_ACTOR),
    command('set-password', { userid, password_hash: hash }, SYSTEM_ACTOR),
    command(
      'register-client',
      { client_id: 'shop', public: false, secret_hash, redirect_uris: ['https://a.example/'] },
      SYSTEM_ACTOR,
    ),
    command(
      'issue-magic-link',
      { link_id, token_hash, purpose, expires_at, userid, username: profile.username },
      SYSTEM_ACTOR,
    ),
  ]) {
    show(submitted.type, await storage.commands.submit(submitted))
  }
}

/** Secrets in the fields of their hashes, of other things, and of no things at all. */
async function wrongly(
  storage: Storage,
  {
    password,
    clientSecret,
    masterKey,
    token,
    code,
    privateKeys,
  }: CanaryTask & { token: string; code: string; privateKeys: object[] },
): Promise<void> {
  const { userid } = ADA
  const client = { client_id: 'other', public: false, secret_hash: tokenHash(clientSecret) }
  const inputs: Record<string, unknown[]> = {
    'set-password': [
      { userid, password_hash: password },
      { userid, password },
    ],
    'use-magic-link': [
      { token_hash: token, purpose: 'recovery' },
      { token_hash: tokenHash(code), purpose: code },
    ],
    'recover-account': [{ token_hash: token, password_hash: password }],
    'accept-invitation': [{ token_hash: token, userid, password_hash: password, code }],
    'register-client': [
      { ...client, secret_hash: clientSecret },
      { ...client, client_secret: clientSecret },
      { ...client, redirect_uris: [`https://shop:${clientSecret}@app.example/cb`] },
      { ...client, grant_types: [clientSecret], redirect_uris: [clientSecret] },
    ],
    'rotate-client-secret': [{ client_id: 'shop', secret_hash: clientSecret }],
    'create-signing-key': privateKeys.map((jwk) => ({ kid: 'other', alg: 'ES256', public_jwk: jwk })),
    'issue-magic-link': [
      { link_id: token, token_hash: token, purpose: token, expires_at: token, username: masterKey },
    ],
    'no-such-command': [{ masterKey, password }],
  }
  for (const [type, wrong] of Object.entries(inputs)) {
    for (const input of wrong) {
      const submitted = { id: newId(), type, input, actor: SYSTEM_ACTOR, origin: NO_ORIGIN } as Command
      await shown(() => storage.commands.submit(submitted))
    }
  }
}

async function subjectKeys(storage: Storage): Promise<CanaryReport['found']> {
  const ids = storage.log.eventsAfter(0, 1_000).flatMap(({ key_id }) => (key_id === null ? [] : [key_id]))
  const keys = await storage.keys.load([...new Set(ids)])
  return [...keys.values()].map((key) => ({
    what: 'key of a subject',
    base64: key.export().toString('base64'),
  }))
}

async function shown(work: () => Promise<unknown>): Promise<void> {
  try {
    show('done', await work())
  } catch (error) {
    show('failed', error)
    if (error instanceof Error) console.error(error.stack)
  }
}

function show(what: string, value: unknown): void {
  console.log(what, inspect(value, { depth: 12, showHidden: true }), JSON.stringify(value))
}

await run(childArgument())
