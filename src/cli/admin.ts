import type { Command } from 'commander'
import { createLinks } from '../accounts/create-links.ts'
import { issueClaim, issueRecovery, type PrintedLink } from '../accounts/issue-operator-link.ts'
import { isAdministrator } from '../kernel/administration.ts'
import { systemClock } from '../kernel/clock.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { User } from '../projections/users/user.ts'
import type { Views } from '../projections/views.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { verb } from './console/options.ts'

interface RecoverOptions extends CommonOptions {
  username?: string
}

/** Adds the command for an administrator who cannot sign in any more. */
export function adminCommands(program: Command, cli: Cli): void {
  const admin = program.command('admin').description('who administers the service')

  verb(
    admin,
    'recover',
    'print a link that lets an administrator in again, or the first one claim the service',
  )
    .option('--username <name>', 'which administrator, where there are several')
    .action((options: RecoverOptions) => recover(cli, options))
}

async function recover(cli: Cli, options: RecoverOptions): Promise<void> {
  await cli.writing(async ({ views, commands, keys }) => {
    const deps = { settings: cli.settings, views, commands, links: await createLinks(keys, systemClock) }
    const claim = await issueClaim(deps, cli.actor)
    const link = claim
      ? { purpose: 'claim', username: null, ...claim }
      : await recovery(soleAdministrator(views, options), (user) => issueRecovery(deps, user, cli.actor))
    cli.one(options, link, () => `${link.purpose}: ${link.url}`)
  })
}

async function recovery(user: User, issue: (user: User) => Promise<PrintedLink>) {
  return { purpose: 'recovery', username: user.username, ...(await issue(user)) }
}

/** Finds the administrator whom the link is for. @throws Refusal when there is none or more than one candidate. */
function soleAdministrator(views: Views, { username }: RecoverOptions): User {
  const all = administratorsOf(views)
  const [user, ...others] = username === undefined ? all : all.filter((one) => one.username === username)
  if (!user) throw new Refusal('not_found', `${username} is not an active administrator`)
  if (others.length === 0) return user
  const names = all.map((administrator) => administrator.username).join(', ')
  throw new Refusal('invalid_input', `There are several administrators (${names}); name one with --username`)
}

/** Lists who administers the service and can sign in. Reads all users, a page at a time: for rare moments only. */
function administratorsOf(views: Views): User[] {
  const found: User[] = []
  for (let offset = 0; ; offset += 1000) {
    const users = views.users.list(offset, 1000)
    found.push(...users.filter(isAdministrator))
    if (users.length < 1000) return found
  }
}
