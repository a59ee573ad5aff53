import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { createLinks } from '../accounts/create-links.ts'
import { issueRecovery } from '../accounts/issue-operator-link.ts'
import { type PasswordContext, requireAcceptablePassword } from '../authn/password-policy.ts'
import { PasswordService } from '../authn/password-service.ts'
import { systemClock } from '../kernel/clock.ts'
import { requireMailAddress } from '../kernel/mail-address.ts'
import { systemRandom } from '../kernel/random.ts'
import { Refusal } from '../kernel/refusal.ts'
import { SERVICE_NAME } from '../kernel/service-name.ts'
import { generateUniqueUserid } from '../kernel/userid.ts'
import type { User } from '../projections/users/user.ts'
import type { Views } from '../projections/views.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { collect, verb } from './console/options.ts'
import { showQrCode } from './console/qr.ts'
import { readSecret } from './console/stdin.ts'

interface CreateOptions extends CommonOptions {
  username: string
  email?: string
  givenName?: string
  familyName?: string
  group: string[]
  passwordStdin?: true
}

const COLUMNS = ['userid', 'username', 'email', 'email_verified', 'groups', 'active', 'created_at']

/** Adds the commands about people. */
export function userCommands(program: Command, cli: Cli): void {
  const user = program.command('user').description('people who can sign in')

  verb(user, 'create', 'create an account')
    .requiredOption('--username <name>', 'the name to sign in with')
    .option('--email <address>')
    .option('--given-name <name>')
    .option('--family-name <name>')
    .option('--group <name>', 'a group to join; may be repeated', collect, [])
    .option('--password-stdin', 'read the first password from the standard input')
    .action((options: CreateOptions) => create(cli, options))

  verb(user, 'list', 'list all users, ordered by user name').action((options: CommonOptions) =>
    cli.reading(({ views }) => cli.list(options, pagesOf(views), COLUMNS)),
  )

  verb(user, 'show <user>', 'show a user, by user id or user name').action(
    (name: string, options: CommonOptions) =>
      cli.reading(({ views }) => {
        const found = requireUser(views, name)
        const passkeys = views.credentials.countPasskeys(found.userid)
        cli.one(options, {
          ...found,
          has_password: views.credentials.passwordOf(found.userid) !== null,
          passkeys,
        })
      }),
  )

  for (const [name, active] of [
    ['deactivate', false],
    ['activate', true],
  ] as const) {
    const what = active ? 'let a user sign in again' : 'stop a user from signing in; ends all sessions'
    verb(user, `${name} <user>`, what).action((user: string, options: CommonOptions) =>
      cli.writing(async (storage) => {
        const { userid } = requireUser(storage.views, user)
        await cli.submit(storage, 'change-user', { userid, changes: { active } })
        const now = requireUser(storage.views, userid)
        cli.one(options, { ...now }, () => `${now.userid} is ${now.active ? 'active' : 'deactivated'}`)
      }),
    )
  }

  verb(user, 'recover <user>', 'print a link for a user who cannot sign in any more').action(
    (name: string, options: CommonOptions) => recover(cli, name, options),
  )

  verb(user, 'erase <user>', 'erase a person permanently; the data cannot be restored').action(
    (name: string, options: CommonOptions) =>
      cli.writing(async (storage) => {
        const { userid } = requireUser(storage.views, name)
        await cli.submit(storage, 'erase-user', { userid })
        cli.one(options, { userid, erased: true }, () => `${userid} is erased`)
      }),
  )
}

async function recover(cli: Cli, name: string, options: CommonOptions): Promise<void> {
  await cli.writing(async ({ views, commands, keys }) => {
    const user = requireUser(views, name)
    const deps = { settings: cli.settings, views, commands, links: await createLinks(keys, systemClock) }
    const link = await issueRecovery(deps, user, cli.actor)
    cli.one(options, { ...link })
    if (!options.json) showQrCode(link.url, cli.world)
  })
}

async function create(cli: Cli, options: CreateOptions): Promise<void> {
  const person = {
    username: options.username,
    email: options.email === undefined ? null : requireMailAddress(options.email, cli.settings),
    given_name: options.givenName ?? null,
    family_name: options.familyName ?? null,
  }
  const password_hash = options.passwordStdin
    ? await hashPassword(await readSecret(cli.world.stdin), person, cli.settings.passwordMinLength)
    : null
  await cli.writing(async (storage) => {
    const userid = await generateUniqueUserid(storage.views.streams)
    // Submitted in one turn of the event loop, so both are decided in one batch and written in one commit.
    await Promise.all([
      cli.submit(storage, 'register-user', { userid, ...person, groups: options.group }),
      password_hash === null ? null : cli.submit(storage, 'set-password', { userid, password_hash }),
    ])
    cli.one(options, { ...requireUser(storage.views, userid) })
  })
}

async function hashPassword(
  password: string,
  person: PasswordContext['person'],
  minimum: number,
): Promise<string> {
  requireAcceptablePassword(password, { minimum, serviceName: SERVICE_NAME, person })
  const service = await PasswordService.start({ random: systemRandom, concurrency: availableParallelism() })
  return service.hash(password)
}

/** Finds a user by user id, or else by user name. @throws Refusal `not_found`. */
export function requireUser(views: Views, name: string): User {
  const user = views.users.byUserid(name) ?? views.users.byUsername(name)
  if (!user) throw new Refusal('not_found', `There is no user ${name}`)
  return user
}

function* pagesOf(views: Views) {
  for (let after: string | null = ''; after !== null; ) {
    const page = views.users.page({ after, limit: 500 })
    yield page.items.map((user) => ({ ...user }))
    after = page.next
  }
}
