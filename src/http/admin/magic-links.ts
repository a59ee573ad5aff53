import { z } from 'zod'
import { issueLink, linkUrl } from '../../accounts/issue-link.ts'
import { actorOf, type Principal } from '../../accounts/principal.ts'
import { email, groups, shortText, username, uuid } from '../../events/fields.ts'
import { LINK_PURPOSES } from '../../events/magic-link.ts'
import { requireMailAddress } from '../../kernel/mail-address.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { MagicLink } from '../../projections/magic-links/queries.ts'
import type { Views } from '../../projections/views.ts'
import { mailInvitation } from '../invite/mail-invitation.ts'
import type { AdminDeps } from './deps.ts'
import { span } from './moments.ts'
import { cursorOf, limit, pageOf, readPage, writeCursor } from './paging.ts'
import { type AdminRoute, adminRoute } from './route.ts'

const LIST = 'magic-links'

const linkAnswer = z.object({
  link_id: z.string(),
  purpose: z.enum(LINK_PURPOSES),
  username: z.string(),
  userid: z.string().nullable(),
  groups: z.array(z.string()),
  note: z.string().nullable(),
  created_by: z.string().nullable(),
  created_at: z.string(),
  expires_at: z.string(),
  used: z.boolean(),
  revoked: z.boolean(),
  email: z.string().nullable().describe('The address that it was mailed to'),
})
const newLinkAnswer = linkAnswer.extend({
  url: z.string().describe('The link itself. It is answered here and nowhere else, and stored nowhere.'),
})

const newLink = z.strictObject({
  username,
  purpose: z
    .enum(['invitation', 'sign_in', 'recovery'])
    .optional()
    .describe('`invitation` for a name that nobody has, `sign_in` for a user, by default'),
  groups: groups.default([]).describe('The groups that an accepted invitation gives'),
  note: shortText.nullable().default(null),
  email: email
    .nullable()
    .default(null)
    .describe(
      'Where to mail an invitation; it is proposed as the address of the person, and proven by nothing yet',
    ),
  expires_in: span
    .optional()
    .describe('How long it lives: a number of seconds, or text like `90m`, `12h` or `3d`'),
})

/** The routes that list, make and withdraw the links by which people get access. */
export function magicLinkRoutes(deps: AdminDeps): AdminRoute[] {
  const { views, settings, longReads } = deps
  const requireLink = (linkId: string): MagicLink => {
    const link = views.magicLinks.byId(linkId)
    if (!link) throw new Refusal('not_found', 'There is no such link')
    return link
  }
  return [
    adminRoute({
      name: 'listMagicLinks',
      method: 'GET',
      path: '/magic-links',
      tag: 'magic links',
      summary: 'List links in the order of their making',
      proof: 'session',
      query: z.strictObject({ limit, cursor: cursorOf(LIST) }),
      answer: pageOf(linkAnswer),
      handle: async ({ query: { limit, cursor } }) => {
        const page = await readPage(longReads, { limit, cursor }, views.magicLinks.page)
        return { items: page.items.map(showLink), next_cursor: writeCursor(LIST, page.next) }
      },
    }),
    adminRoute({
      name: 'createMagicLink',
      method: 'POST',
      path: '/magic-links',
      tag: 'magic links',
      summary: 'Make a link: an invitation, or a way in for a user',
      proof: 'fresh',
      body: newLink,
      status: 201,
      answer: newLinkAnswer,
      handle: async ({ body, caller, random, submit }) => {
        const user = views.users.byUsername(body.username)
        const purpose = body.purpose ?? (user ? 'sign_in' : 'invitation')
        if (purpose !== 'invitation' && !user) throw new Refusal('not_found', 'There is no such user')
        const email = body.email === null ? null : requireMailAddress(body.email, settings)
        if (email !== null && purpose !== 'invitation') {
          throw new Refusal('invalid_input', 'email can only be given for an invitation')
        }
        const made = deps.links.create({ purpose, ttl: body.expires_in, random })
        const facts = {
          userid: purpose === 'invitation' ? null : (user?.userid ?? null),
          username: body.username,
          created_by: actorOf(caller).id,
          note: body.note,
          groups: body.groups,
          email,
        }
        const { link_id } = await issueLink(made, facts, {
          settings,
          submit: (input) => submit('issue-magic-link', input),
        })
        // A repeated call gets the first link, which has the same token and may have another purpose.
        const link = requireLink(link_id)
        const url = linkUrl(settings.issuer, link.purpose, made.token)
        if (link_id === made.link_id) mailInvitation(link, { url, inviter: nameOf(caller, views) }, deps)
        return { ...showLink(link), url }
      },
    }),
    adminRoute({
      name: 'revokeMagicLink',
      method: 'DELETE',
      path: '/magic-links/:id',
      tag: 'magic links',
      summary: 'Withdraw a link',
      proof: 'fresh',
      params: z.strictObject({ id: uuid }),
      answer: null,
      handle: async ({ params: { id }, submit }) => {
        await submit('revoke-magic-link', { link_id: id })
      },
    }),
  ]
}

/** Shows a link without the hashes of its token and of the browser that asked for it. */
function showLink({ token, browser_hash, ...link }: MagicLink): z.input<typeof linkAnswer> {
  return link
}

/** Names the inviter in words that the invited person may know. */
function nameOf(caller: Principal, views: Views): string {
  if (caller.kind === 'client') return `An administrator (${caller.clientId})`
  const user = views.users.byUserid(caller.userid)
  if (!user) return 'An administrator'
  const name = [user.given_name, user.family_name].filter(Boolean).join(' ')
  return name === '' ? user.username : `${name} (${user.username})`
}
