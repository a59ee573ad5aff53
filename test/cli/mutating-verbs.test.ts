import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cli } from '../../src/cli/console/console.ts'
import { createProgram } from '../../src/cli/program.ts'
import { answerOf, countersign, OPERATOR } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'

interface AppendedEvent {
  type: string
  actor: { kind: string; id: string }
  data: Record<string, unknown>
}

let place: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  place = temporaryDirectory()
})
afterEach(() => place.remove())

const run = (...args: string[]) => countersign(place.path, args)
const answer = (...args: string[]) => answerOf(place.path, args)

async function appendedBy(work: () => Promise<unknown>): Promise<AppendedEvent[]> {
  const before = (await answer('events', 'list', '--limit', '1000')).length
  await work()
  const events = await answer('events', 'list', '--limit', '1000')
  return events.slice(before)
}

/** Every verb that writes, with exactly the events that it leaves on an installation that has `ada` and `app`. */
const MUTATING: [name: string, verb: string[], events: string[]][] = [
  ['user create', ['--username', 'carl'], ['UserRegistered']],
  ['user deactivate', ['bob'], ['UserDeactivated']],
  ['user activate', ['dora'], ['UserActivated']],
  ['user erase', ['bob'], ['UserErased']],
  ['invite create', ['--username', 'eve', '--group', 'staff', '--ttl', '12h'], ['MagicLinkIssued']],
  ['user recover', ['bob'], ['MagicLinkIssued']],
  ['invite revoke', ['<link>'], ['MagicLinkRevoked']],
  ['client create', ['--client-id', 'other', '--redirect-uri', 'https://a.example/cb'], ['ClientRegistered']],
  ['client rotate-secret', ['app'], ['ClientSecretRotated']],
  ['client remove', ['app'], ['ClientRemoved']],
  ['admin recover', [], ['MagicLinkIssued']],
  [
    'keys rotate',
    [],
    ['SigningKeyCreated', 'SigningKeyActivated', 'SigningKeyCreated', 'SigningKeyActivated'],
  ],
]

describe('every verb that writes', () => {
  let link: string
  beforeEach(async () => {
    await answer('user', 'create', '--username', 'ada', '--group', 'admin')
    await answer('user', 'create', '--username', 'bob')
    await answer('user', 'create', '--username', 'dora')
    await answer('user', 'deactivate', 'dora')
    await answer('client', 'create', '--client-id', 'app', '--redirect-uri', 'https://a.example/cb')
    link = (await answer('invite', 'create', '--username', 'frank')).link_id
  })

  it.each(MUTATING)('%s leaves its events, in the name of whoever typed it', async (name, args, types) => {
    const words = [...name.split(' '), ...args.map((arg) => (arg === '<link>' ? link : arg))]
    const events = await appendedBy(async () =>
      expect(await run(...words)).toMatchObject({ code: 0, stderr: '' }),
    )
    expect(events.map(({ type }) => type)).toEqual(types)
    for (const { actor } of events) expect(actor).toEqual({ kind: 'cli', id: OPERATOR })
    expect((await run('audit', 'verify')).code).toBe(0)
    expect((await run('projections', 'verify')).code).toBe(0)
  })

  const REFUSED: [words: string[], message: string][] = [
    [['user', 'create', '--username', 'ada'], 'already_exists: This username is already taken\n'],
    [['user', 'show', 'nobody'], 'not_found: There is no user nobody\n'],
    [['user', 'erase', 'nobody'], 'not_found: There is no user nobody\n'],
    [
      ['user', 'deactivate', 'ada'],
      'last_administrator: This is the last active administrator; appoint another one first\n',
    ],
    [['invite', 'create', '--username', 'ada'], 'already_exists: This username is already taken\n'],
    [
      ['invite', 'create', '--username', 'x', '--ttl', '31d'],
      'invalid_input: Such a link may live for at most 43200 minutes\n',
    ],
    [['invite', 'revoke', '01900000-0000-7000-8000-000000000000'], 'not_found: There is no such link\n'],
    [
      ['client', 'create', '--client-id', 'app', '--redirect-uri', 'https://a.example/cb'],
      'already_exists: This client id is already taken\n',
    ],
    [
      ['client', 'create', '--client-id', 'x'],
      'invalid_input: authorization_code needs at least one redirect URI\n',
    ],
    [['client', 'rotate-secret', 'x'], 'not_found: There is no such client\n'],
    [['client', 'remove', 'x'], 'not_found: There is no such client\n'],
    [['admin', 'recover', '--username', 'bob'], 'not_found: bob is not an active administrator\n'],
  ]

  it('says one line and leaves no event when it is refused', async () => {
    const events = await appendedBy(async () => {
      for (const [words, message] of REFUSED) {
        expect(await run(...words), words.join(' ')).toEqual({ code: 1, stdout: '', stderr: message })
      }
    })
    expect(events).toEqual([])
  })
})

describe('the command line', () => {
  const READING = [
    ...['serve', 'user list', 'user show', 'invite list', 'client list', 'client show', 'events list'],
    ...['events export', 'events tail', 'audit verify', 'audit checkpoint', 'projections status'],
    ...[
      'projections verify',
      'projections rebuild',
      'keys list',
      'backup',
      'doctor',
      'config check',
      'config show',
    ],
  ]
  /** What these leave has tests of its own. */
  const ELSEWHERE = ['restore', 'log copy', 'log accept-loss']

  it('has no verb that is neither here nor known only to read', () => {
    const world = { env: {}, readFile: () => '', stdin: (async function* () {})(), userName: OPERATOR }
    const silent = { write: () => true }
    const program = createProgram(new Cli({ ...world, stdout: silent, stderr: silent }))
    const verbs = program.commands.flatMap((noun) =>
      noun.commands.length > 0 ? noun.commands.map((verb) => `${noun.name()} ${verb.name()}`) : [noun.name()],
    )
    expect(verbs.sort()).toEqual([...MUTATING.map(([name]) => name), ...READING, ...ELSEWHERE].sort())
  })

  it('answers every verb in JSON', () => {
    const world = { env: {}, readFile: () => '', stdin: (async function* () {})(), userName: OPERATOR }
    const silent = { write: () => true }
    const program = createProgram(new Cli({ ...world, stdout: silent, stderr: silent }))
    const verbs = program.commands.flatMap((noun) => (noun.commands.length > 0 ? noun.commands : [noun]))
    const without = verbs.filter((verb) => !verb.options.some(({ long }) => long === '--json'))
    expect(without.map((verb) => verb.name())).toEqual([])
  })
})

describe('user create', () => {
  it('sets every field that it is told', async () => {
    const user = await answer(
      ...['user', 'create', '--username', 'ada', '--email', 'ada@example.org', '--given-name', 'Ada'],
      ...['--family-name', 'Lovelace', '--group', 'staff', '--group', 'analysts'],
    )
    expect(user).toMatchObject({
      username: 'ada',
      email: 'ada@example.org',
      email_verified: false,
      given_name: 'Ada',
      family_name: 'Lovelace',
      groups: ['analysts', 'staff'],
      active: true,
    })
    expect(user.userid).toMatch(/^[a-z]{5}-[a-z]{5}$/)
    expect(await answer('user', 'show', user.userid)).toEqual({ ...user, has_password: false, passkeys: 0 })
    expect(await answer('user', 'list')).toEqual([user])
  })

  it('takes the first password from the standard input, in one commit with the account', async () => {
    const args = ['user', 'create', '--username', 'ada', '--password-stdin']
    const { userid } = await answerOf(place.path, args, { stdin: 'correct horse battery staple\n' })
    const events = await answer('events', 'list')
    expect(events).toMatchObject([
      { type: 'UserRegistered', position: 1 },
      { type: 'PasswordSet', position: 1, data: { userid } },
    ])
    expect(await answer('user', 'show', 'ada')).toMatchObject({ has_password: true })
  })

  it.each([
    ['too-short', 'must have at least 15 characters'],
    ['passwordpassword', 'among the first that a guesser tries'],
    ['', 'The standard input is empty'],
  ])('refuses the password %j and makes no account', async (stdin, reason) => {
    await answer('user', 'create', '--username', 'other')
    const args = ['user', 'create', '--username', 'ada', '--password-stdin']
    const { code, stderr } = await countersign(place.path, args, { stdin })
    expect(code).toBe(1)
    expect(stderr).toContain(reason)
    expect(await answer('events', 'list')).toHaveLength(1)
  })
})

describe('secrets', () => {
  it.each([
    ['31 characters', 'x'.repeat(31), 'must have at least 32 characters'],
    ['nothing', '', 'must have at least 32 characters'],
    ['letters beyond ASCII', 'ä'.repeat(40), 'must consist of printable ASCII characters'],
    ['a tab', `${'x'.repeat(32)}\t`, 'must consist of printable ASCII characters'],
    ['a line break', `${'x'.repeat(32)}\n`, 'must consist of printable ASCII characters'],
    ['257 characters', 'x'.repeat(257), 'must have at most 256 characters'],
  ])('O8 given by hand are refused: %s', async (_what, secret, told) => {
    const args = ['client', 'create', '--client-id', 'weak', '--client-secret', secret]
    const { code, stderr } = await countersign(place.path, [
      ...args,
      '--redirect-uri',
      'https://a.example/cb',
    ])
    expect(code).not.toBe(0)
    expect(stderr).toContain(`--client-secret ${told}`)
    expect(existsSync(`${place.path}/oidc_op.db`)).toBe(false)
  })

  it('are shown once, and nothing that is listed later holds them', async () => {
    const redirect = ['--redirect-uri', 'https://a.example/cb']
    const made = await answer('client', 'create', '--client-id', 'app', ...redirect)
    const rotated = await answer('client', 'rotate-secret', 'app')
    const chosen = 'a-secret-of-my-own-choice-long-enough'
    const own = await answer('client', 'create', '--client-id', 'own', '--client-secret', chosen, ...redirect)
    const open = await answer('client', 'create', '--client-id', 'open', '--public', ...redirect)
    const invited = await answer('invite', 'create', '--username', 'bob')
    expect(made.client_secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(rotated.client_secret).not.toBe(made.client_secret)
    expect(own.client_secret).toBe(chosen)
    expect(open).toMatchObject({ public: true, client_secret: null })
    expect(invited.url).toMatch(/^http:\/\/localhost:8080\/invite\/[A-Za-z0-9_-]{43}$/)
    const everything = await Promise.all(
      [
        ['client', 'list'],
        ['client', 'show', 'app'],
        ['invite', 'list'],
        ['events', 'export'],
      ].map(async (words) => (await run(...words, '--json')).stdout),
    )
    for (const secret of [made.client_secret, rotated.client_secret, chosen, invited.url.split('/').at(-1)]) {
      expect(everything.join().includes(secret)).toBe(false)
    }
    expect(everything.join()).not.toContain('secret_hash')
  })
})

describe('admin recover', () => {
  it('makes a claim while nobody administers the service, and then a link for the administrator', async () => {
    expect((await run('admin', 'recover')).stdout).toMatch(
      /^claim: http:\/\/localhost:8080\/invite\/\S{43}\n$/,
    )
    await answer('user', 'create', '--username', 'ada', '--group', 'admin')
    expect(await answer('admin', 'recover')).toMatchObject({ purpose: 'recovery', username: 'ada' })
  })

  it('asks which administrator, where there are several', async () => {
    for (const name of ['ada', 'bob']) await answer('user', 'create', '--username', name, '--group', 'admin')
    const { code, stderr } = await run('admin', 'recover')
    expect(code).toBe(1)
    expect(stderr).toContain('name one with --username')
    expect(await answer('admin', 'recover', '--username', 'bob')).toMatchObject({ username: 'bob' })
  })
})

describe('keys rotate', () => {
  it('publishes the next keys beside those that sign', async () => {
    await answer('keys', 'rotate')
    const events = await appendedBy(() => answer('keys', 'rotate'))
    expect(events.map(({ type }) => type)).toEqual(['SigningKeyCreated', 'SigningKeyCreated'])
    const keys: { alg: string; state: string }[] = await answer('keys', 'list')
    expect(keys.map(({ alg, state }) => `${alg} ${state}`).sort()).toEqual([
      'ES256 active',
      'ES256 published',
      'RS256 active',
      'RS256 published',
    ])
  })
})
