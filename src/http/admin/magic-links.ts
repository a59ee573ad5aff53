import { z } from 'zod'
import { linkLifetime } from '../../authn/magic-link-lifetime.ts'
import { groups, shortText, username, uuid } from '../../events/fields.ts'
import { LINK_PURPOSES } from '../../events/magic-link.ts'
import { isoTime } from '../../kernel/clock.ts'
import { newId } from '../../kernel/ids.ts'
import { randomToken, tokenHash } from '../../kernel/random.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { MagicLink } from '../../projections/magic-links/magic-link.ts'
import type { HttpDeps } from '../deps.ts'
import { actorOf } from '../principal.ts'
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
})
const newLinkAnswer = linkAnswer.extend({
  url: z.string().describe('The link itself. It is answered here and nowhere else, and stored nowhere.'),
})

const newLink = z.strictObject({
  username,
  purpose: z
    .enum(['invitation', 'sign_in', 'recovery'])
    .optional()
    .describe('`invitation` for a name that nobody has, `sign_in` for a user, unless told'),
  groups: groups.default([]).describe('The groups that an accepted invitation gives'),
  note: shortText.nullable().default(null),
  expires_in: span
    .optional()
    .describe('How long it lives: a number of seconds, or text like `90m`, `12h` or `3d`'),
})

/** The routes that list, make and withdraw the links by which people come in. */
export function magicLinkRoutes({ views, settings, clock, longReads }: HttpDeps): AdminRoute[] {
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
        const lifetime = linkLifetime(purpose, body.expires_in)
        const token = randomToken(random)
        const { link_id } = await submit('issue-magic-link', {
          link_id: newId(),
          token_hash: tokenHash(token),
          purpose,
          userid: purpose === 'invitation' ? null : (user?.userid ?? null),
          username: body.username,
          expires_at: isoTime(clock() + lifetime),
          created_by: actorOf(caller).id,
          note: body.note,
          groups: body.groups,
        })
        const link = requireLink(link_id)
        const page = link.purpose === 'sign_in' ? 'link' : 'invite'
        return { ...showLink(link), url: `${settings.issuer}/${page}/${token}` }
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

/** Shows a link without the hash of its token. */
function showLink({ token, ...link }: MagicLink): z.input<typeof linkAnswer> {
  return link
}
