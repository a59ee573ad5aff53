import { z } from 'zod'
import { requireUser } from '../../commands/users/require-user.ts'
import { requireMailAddress } from '../../kernel/mail-address.ts'
import { generateUniqueUserid } from '../../kernel/userid.ts'
import type { AdminDeps } from './deps.ts'
import { moment } from './moments.ts'
import { cursorOf, limit, pageOf, readPage, writeCursor } from './paging.ts'
import { type AdminRoute, adminRoute } from './route.ts'
import { userAsOf } from './user-history.ts'
import { newUser, userAnswer, userChanges, userParams } from './user-schema.ts'

const LIST = 'users'

/** The routes that list, make, show, change and erase users. */
export function userRoutes(deps: AdminDeps): AdminRoute[] {
  const { views, settings } = deps
  return [
    adminRoute({
      name: 'listUsers',
      method: 'GET',
      path: '/users',
      tag: 'users',
      summary: 'List users in the order of their names',
      proof: 'session',
      query: z.strictObject({
        query: z
          .string()
          .max(128)
          .default('')
          .describe(
            'Only users whose name or e-mail address begins like this. Where more than 500 addresses do, users found by their address alone come after the others, in the order of addresses',
          ),
        limit,
        cursor: cursorOf(LIST),
      }),
      answer: pageOf(userAnswer),
      handle: async ({ query: { query, limit, cursor } }) => {
        const page = await readPage(deps.longReads, { limit, cursor }, (piece) =>
          views.users.page({ ...piece, prefix: query }),
        )
        return { items: page.items, next_cursor: writeCursor(LIST, page.next) }
      },
    }),
    adminRoute({
      name: 'createUser',
      method: 'POST',
      path: '/users',
      tag: 'users',
      summary: 'Register a user',
      proof: { freshFor: ['groups'] },
      body: newUser,
      status: 201,
      answer: userAnswer,
      handle: async ({ body, submit }) => {
        if (body.email) requireMailAddress(body.email, settings)
        const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
        const userid = await generateUniqueUserid(views.streams)
        const outcome = await submit('register-user', { ...given, username: body.username, userid })
        return requireUser(views, outcome.userid)
      },
    }),
    adminRoute({
      name: 'getUser',
      method: 'GET',
      path: '/users/:userid',
      tag: 'users',
      summary: 'Show a user as it is, or as it was at a moment',
      proof: 'session',
      params: userParams,
      query: z.strictObject({ at: moment.optional() }),
      answer: userAnswer,
      handle: async ({ params: { userid }, query: { at } }) =>
        at === undefined ? requireUser(views, userid) : userAsOf(deps, userid, at),
    }),
    adminRoute({
      name: 'changeUser',
      method: 'PATCH',
      path: '/users/:userid',
      tag: 'users',
      summary: 'Change the named fields of a user',
      proof: { freshFor: ['groups', 'email', 'email_verified'] },
      params: userParams,
      body: userChanges,
      answer: userAnswer,
      handle: async ({ params: { userid }, body, submit }) => {
        if (body.email) requireMailAddress(body.email, settings)
        await submit('change-user', { userid, changes: body })
        return requireUser(views, userid)
      },
    }),
    adminRoute({
      name: 'eraseUser',
      method: 'DELETE',
      path: '/users/:userid',
      tag: 'users',
      summary: 'Erase a user: the personal data becomes permanently unreadable',
      proof: 'fresh',
      params: userParams,
      answer: null,
      handle: async ({ params: { userid }, submit }) => {
        await submit('erase-user', { userid })
      },
    }),
  ]
}
