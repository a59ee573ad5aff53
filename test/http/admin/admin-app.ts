import type { HTTPMethods, LightMyRequestResponse } from 'fastify'
import type { Principal } from '../../../src/accounts/principal.ts'
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { isoTime } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import type { AppDeps } from '../../../src/service/app-deps.ts'
import { createTestApp, type TestApp, type TestAppOptions } from '../../support/app.ts'

/** An application with an administrator, whose access tokens are what the test says they are. */
export interface AdminApp extends TestApp {
  /** The administrator to whom the token `admin` belongs. */
  adminId: string
  /** The callers of access tokens; the token `admin` is that of a person, `machine` that of a program. */
  tokens: Map<string, () => Principal | null>
  /** Calls the admin API with the token `admin` by default. */
  call(
    method: HTTPMethods,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<LightMyRequestResponse>
}

/** What a person in the group of administrators can do with an access token of the scope `admin`. */
export function personToken(
  deps: Pick<AppDeps, 'views' | 'clock'>,
  userid: string,
  scopes: readonly string[] = ['openid', 'admin'],
): Principal | null {
  const user = deps.views.users.byUserid(userid)
  if (!user?.active) return null
  return {
    kind: 'user',
    userid,
    groups: user.groups,
    sessionId: '01900000-0000-7000-8000-000000000001',
    authTime: 0,
    amr: ['pwd'],
    strongAuthTime: deps.clock(),
    token: { scopes, clientId: 'console' },
  }
}

/** What a program gets by `client_credentials`. */
export const machineToken = (scopes: readonly string[]): Principal => ({
  kind: 'client',
  clientId: 'machine',
  scopes,
})

/** Opens an application with one administrator. Close it when done. */
export async function createAdminApp(options: TestAppOptions = {}): Promise<AdminApp> {
  const tokens: AdminApp['tokens'] = new Map()
  const service = await createTestApp({
    ...options,
    adapt: (deps) => {
      const adapted = { ...deps, readToken: async (token: string) => tokens.get(token)?.() ?? null }
      return options.adapt ? options.adapt(adapted) : adapted
    },
  })
  const adminId =
    service.deps.views.users.byUsername('root')?.userid ??
    (await service.register({ username: 'root', groups: ['admin'] }))
  tokens.set('admin', () => personToken(service.deps, adminId))
  tokens.set('machine', () => machineToken(['admin']))
  await service.newEvents()
  return {
    ...service,
    adminId,
    tokens,
    call: (method, path, body, headers = {}) =>
      service.app.inject({
        method,
        url: `/api/admin${path}`,
        headers: {
          authorization: 'Bearer admin',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
  }
}

/** Records that a user signed in, and answers the id of the session. */
export async function signedIn(service: TestApp, userid: string): Promise<string> {
  const session_id = newId()
  const expires_at = isoTime(service.deps.clock() + 60 * 60_000)
  await service.storage.commands.submit(
    command('record-sign-in', { userid, session_id, amr: ['pwd'], expires_at }, SYSTEM_ACTOR),
  )
  return session_id
}
