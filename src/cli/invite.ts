import type { Command } from 'commander'
import { createLinks } from '../accounts/create-links.ts'
import { issueLink, submitLinkFor } from '../accounts/issue-link.ts'
import { isoTime, systemClock } from '../kernel/clock.ts'
import { requireMailAddress } from '../kernel/mail-address.ts'
import { invitationMail } from '../mail/messages.ts'
import type { MagicLink } from '../projections/magic-links/queries.ts'
import type { Views } from '../projections/views.ts'
import type { Cli, CommonOptions } from './console/console.ts'
import { mailFromHere } from './console/mailing.ts'
import { collect, span, verb } from './console/options.ts'
import { showQrCode } from './console/qr.ts'

interface CreateOptions extends CommonOptions {
  username: string
  group: string[]
  ttl?: number
  note?: string
  email?: string
}

const COLUMNS = ['link_id', 'username', 'state', 'groups', 'expires_at', 'created_by', 'email', 'note']

/** Adds the commands about invitations. */
export function inviteCommands(program: Command, cli: Cli): void {
  const invite = program.command('invite').description('links by which people get an account')

  verb(invite, 'create', 'make an invitation and print its link, which is shown only now')
    .requiredOption('--username <name>', 'the user name that the person will sign in with')
    .option('--group <name>', 'a group that the person will join; may be repeated', collect, [])
    .option('--ttl <span>', 'how long it is valid: 90m, 12h, 3d', span)
    .option('--note <text>', 'what it is for')
    .option('--email <address>', 'where to mail it; also the proposed address of the person')
    .action((options: CreateOptions) => create(cli, options))

  verb(invite, 'list', 'list all invitations that are not removed yet').action((options: CommonOptions) =>
    cli.reading(({ views }) => cli.list(options, pagesOf(views), COLUMNS)),
  )

  verb(invite, 'revoke <id>', 'withdraw an invitation').action((link_id: string, options: CommonOptions) =>
    cli.writing(async (storage) => {
      await cli.submit(storage, 'revoke-magic-link', { link_id })
      cli.one(options, { link_id, revoked: true }, () => `${link_id} is withdrawn`)
    }),
  )
}

async function create(cli: Cli, options: CreateOptions): Promise<void> {
  const email = options.email === undefined ? null : requireMailAddress(options.email, cli.settings)
  await cli.writing(async (storage) => {
    const links = await createLinks(storage.keys, systemClock)
    const link = links.create({ purpose: 'invitation', ttl: options.ttl })
    const facts = {
      username: options.username,
      created_by: 'cli',
      note: options.note ?? null,
      groups: options.group,
      email,
    }
    const { url, expires_at, link_id } = await issueLink(link, facts, {
      settings: cli.settings,
      submit: submitLinkFor(storage.commands, cli.actor),
    })
    cli.one(options, { url, expires_at, link_id })
    if (!options.json) showQrCode(url, cli.world)
    if (email === null) return
    const message = invitationMail({
      to: email,
      username: options.username,
      inviter: `An administrator (${cli.world.userName})`,
      issuer: cli.settings.issuer,
      url,
      code: link.code.reveal(),
      expires_at,
    })
    await mailFromHere(cli, options, message)
  })
}

function* pagesOf(views: Views) {
  for (let after: string | null = ''; after !== null; ) {
    const page = views.magicLinks.page({ after, limit: 500 })
    yield page.items.filter(({ purpose }) => purpose === 'invitation').map(showInvitation)
    after = page.next
  }
}

function showInvitation({ token, ...link }: MagicLink) {
  return { ...link, state: stateOf(link) }
}

function stateOf({ used, revoked, expires_at }: Pick<MagicLink, 'used' | 'revoked' | 'expires_at'>): string {
  if (used) return 'used'
  if (revoked) return 'revoked'
  return expires_at <= isoTime(systemClock()) ? 'expired' : 'pending'
}
