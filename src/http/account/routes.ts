import type { FastifyInstance } from 'fastify'
import { Refusal } from '../../kernel/refusal.ts'
import { field } from '../request/form.ts'
import { LANDING } from '../request/local-path.ts'
import { confirmRoutes } from './confirm.ts'
import type { AccountDeps } from './deps.ts'
import { emailRoutes } from './email.ts'
import { firstCredentialRoutes } from './first.ts'
import { accountPasskeyRoutes } from './passkeys.ts'
import { passwordRoutes } from './password.ts'
import { profileRoutes } from './profile.ts'
import { accountSessionRoutes } from './sessions.ts'
import { showAccount } from './show.ts'
import { requireSession, sendToProof } from './signed-in.ts'

/** Serves the account pages of a person who is signed in, and the sign-out. */
export function accountRoutes(app: FastifyInstance, deps: AccountDeps): void {
  app.get('/', async (_request, reply) => reply.redirect(LANDING, 303))

  app.post('/logout', async (request, reply) => {
    await deps.sessions.end(request, reply)
    return reply.redirect('/login', 303)
  })

  app.register(async (account) => {
    account.setErrorHandler((error, request, reply) => {
      const isForModule = request.headers['content-type']?.startsWith('application/json')
      if (isForModule || !(error instanceof Refusal) || error.code !== 'proof_needed') throw error
      return sendToProof(error, request, reply)
    })

    account.get('/account', async (request, reply) => {
      const session = await requireSession(request, deps)
      return showAccount(request, reply, { session, done: field(request.query, 'done') }, deps)
    })

    confirmRoutes(account, deps)
    firstCredentialRoutes(account, deps)
    accountPasskeyRoutes(account, deps)
    passwordRoutes(account, deps)
    accountSessionRoutes(account, deps)
    emailRoutes(account, deps)
    profileRoutes(account, deps)
  })
}
