import type { AdapterPayload } from 'oidc-provider'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import type { DocumentStore } from '../../src/documents/port.ts'
import { type Clock, isoTime } from '../../src/kernel/clock.ts'
import { newId } from '../../src/kernel/ids.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { adapterFactory } from '../../src/oidc/adapters/adapters.ts'
import { documentKind } from '../../src/oidc/adapters/document-adapter.ts'
import type { TokenReuse } from '../../src/oidc/adapters/token-reuse.ts'
import type { Storage } from '../../src/storage/open.ts'

/** What the laws are tried on: real read models, and the documents of one kind or another. */
export interface AdaptersUnderTest {
  storage: Storage
  documents: DocumentStore
  clock: Clock
  /** Moves the clock of the documents. */
  advance(milliseconds: number): void
  close(): Promise<void>
}

/** States what oidc-provider's state must obey, on whatever keeps it. */
export function adapterContract(name: string, open: () => Promise<AdaptersUnderTest>): void {
  describe(`the adapters over ${name}`, () => {
    let under: AdaptersUnderTest
    let userid: string
    let sessionUid: string
    let reuses: TokenReuse[]
    const adapter = (model: string) =>
      adapterFactory({
        documents: under.documents,
        views: under.storage.views,
        clock: under.clock,
        browserSession: async () => null,
        admit: async () => undefined,
        reused: async (reuse) => void reuses.push(reuse),
      })(model)

    beforeEach(async () => {
      under = await open()
      reuses = []
      userid = generateUserid()
      sessionUid = newId()
      const { commands } = under.storage
      const expires_at = isoTime(under.clock() + 60 * 60_000)
      await commands.submit(command('register-user', { userid, username: 'ada' }, SYSTEM_ACTOR))
      const signIn = { userid, session_id: sessionUid, amr: ['pwd' as const], expires_at }
      await commands.submit(command('record-sign-in', signIn, SYSTEM_ACTOR))
      const client = { client_id: 'app', public: true, redirect_uris: ['https://app.example.org/cb'] }
      await commands.submit(command('register-client', client, SYSTEM_ACTOR))
    })
    afterEach(() => under.close())

    const token = (kind: string, fields: AdapterPayload = {}): AdapterPayload => ({
      kind,
      jti: 'never stored',
      accountId: userid,
      clientId: 'app',
      sessionUid,
      grantId: 'grant-1',
      scope: 'openid',
      ...fields,
    })

    it('keep a model under its id, which is not in what is stored', async () => {
      await adapter('AccessToken').upsert('token-1', token('AccessToken', { jti: 'token-1' }), 60)
      const stored = await under.documents.find(documentKind('AccessToken'), 'token-1')
      expect(JSON.stringify(stored)).not.toContain('token-1')
      expect(await adapter('AccessToken').find('token-1')).toEqual(token('AccessToken', { jti: 'token-1' }))
      expect(await adapter('AccessToken').find('token-2')).toBeUndefined()
    })

    it('keep kinds apart', async () => {
      await adapter('RefreshToken').upsert('token-1', token('RefreshToken'), 60)
      expect(await adapter('AccessToken').find('token-1')).toBeUndefined()
      expect(await adapter('AuthorizationCode').find('token-1')).toBeUndefined()
    })

    it('end a model when its time has come', async () => {
      await adapter('Grant').upsert('grant-1', { accountId: userid, clientId: 'app' }, 60)
      under.advance(59_999)
      expect(await adapter('Grant').find('grant-1')).toBeDefined()
      under.advance(1)
      expect(await adapter('Grant').find('grant-1')).toBeUndefined()
    })

    it('refuse to store anything without an end', async () => {
      await expect(adapter('Grant').upsert('grant-1', { clientId: 'app' })).rejects.toThrow(TypeError)
    })

    it('store neither the id nor the session cookie with an interaction', async () => {
      const payload = {
        jti: 'interaction-1',
        returnTo: 'https://id.example.org/oidc/authorize/interaction-1',
        session: { accountId: userid, uid: sessionUid, cookie: 'cookie-1' },
      }
      await adapter('Interaction').upsert('interaction-1', payload, 60)
      const stored = JSON.stringify(await under.documents.find(documentKind('Interaction'), 'interaction-1'))
      expect(stored).not.toContain('interaction-1')
      expect(stored).not.toContain('cookie-1')
      const { cookie: _, ...session } = payload.session
      expect(await adapter('Interaction').find('interaction-1')).toEqual({ ...payload, session })
    })

    it('find a session by its uid, and by its id only for the browser that it belongs to', async () => {
      const session = { uid: sessionUid, accountId: userid }
      await adapter('Session').upsert('session-1', session, 60)
      expect(await adapter('Session').findByUid(sessionUid)).toEqual(session)
      expect(await adapter('Session').find('session-1')).toBeUndefined()
      await adapter('Session').upsert('session-2', { uid: 'nobody yet' }, 60)
      expect(await adapter('Session').find('session-2')).toEqual({ uid: 'nobody yet', jti: 'session-2' })
    })

    it('move the uid with the session when its id changes', async () => {
      await adapter('Session').upsert('session-1', { uid: sessionUid }, 60)
      await adapter('Session').destroy('session-1')
      await adapter('Session').upsert('session-2', { uid: sessionUid, acr: 'new' }, 60)
      expect(await adapter('Session').findByUid(sessionUid)).toEqual({ uid: sessionUid, acr: 'new' })
    })

    it.each(['AuthorizationCode', 'RefreshToken'])('let one of twenty consume a %s', async (model) => {
      await adapter('Grant').upsert('grant-1', { accountId: userid, clientId: 'app' }, 60)
      await adapter(model).upsert('token-1', token(model), 60)
      await adapter('AccessToken').upsert('given', token('AccessToken'), 60)
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => adapter(model).consume('token-1')),
      )
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ error: 'invalid_grant' })
      }
      // Losing the race is a reuse: the whole family is gone.
      expect(await adapter('Grant').find('grant-1')).toBeUndefined()
      expect(await adapter('AccessToken').find('given')).toBeUndefined()
      const kind = model === 'RefreshToken' ? 'refresh_token' : 'authorization_code'
      const reuse = { token: 'token-1', kind, accountId: userid, clientId: 'app', sessionUid }
      expect(reuses.length).toBeGreaterThan(0)
      expect(new Set(reuses.map((seen) => JSON.stringify(seen)))).toEqual(new Set([JSON.stringify(reuse)]))
    })

    it('take nothing for a reuse that was merely revoked in between', async () => {
      await adapter('RefreshToken').upsert('token-1', token('RefreshToken'), 60)
      await adapter('RefreshToken').revokeByGrantId('grant-1')
      await expect(adapter('RefreshToken').consume('token-1')).rejects.toMatchObject({
        error: 'invalid_grant',
      })
      expect(reuses).toEqual([])
    })

    it('mark a used token outside the token endpoint', async () => {
      await adapter('RefreshToken').upsert('token-1', token('RefreshToken'), 60)
      await adapter('RefreshToken').consume('token-1')
      expect(await adapter('RefreshToken').find('token-1')).toMatchObject({ consumed: expect.any(Number) })
    })

    it('let one of twenty present the same thing when it may be presented once', async () => {
      const upsert = () => adapter('ReplayDetection').upsert('proof-1', { iss: 'app' }, 60)
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, upsert))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })

    it('revoke all tokens of a grant, and of no other', async () => {
      for (const model of ['AccessToken', 'RefreshToken', 'AuthorizationCode']) {
        await adapter(model).upsert('mine', token(model), 60)
        await adapter(model).upsert('other', token(model, { grantId: 'grant-2' }), 60)
      }
      await adapter('AccessToken').revokeByGrantId('grant-1')
      for (const model of ['AccessToken', 'RefreshToken', 'AuthorizationCode']) {
        expect(await adapter(model).find('mine')).toBeUndefined()
        expect(await adapter(model).find('other')).toBeDefined()
      }
    })

    it('lose everything of an account with it', async () => {
      await adapter('Grant').upsert('grant-1', { accountId: userid, clientId: 'app' }, 60)
      await adapter('Session').upsert('session-1', { uid: sessionUid, accountId: userid }, 60)
      await under.documents.revokeByAccount(userid)
      expect(await adapter('Grant').find('grant-1')).toBeUndefined()
      expect(await adapter('Session').findByUid(sessionUid)).toBeUndefined()
    })

    describe('find no token', () => {
      beforeEach(async () => {
        await adapter('AccessToken').upsert('plain', token('AccessToken'), 20 * 60 * 60)
        const offline = { scope: 'openid offline_access' }
        await adapter('AccessToken').upsert('offline', token('AccessToken', offline), 20 * 60 * 60)
      })

      const found = async () =>
        Promise.all(
          ['plain', 'offline'].map(async (id) => (await adapter('AccessToken').find(id)) !== undefined),
        )

      it('of a session that was ended', async () => {
        expect(await found()).toEqual([true, true])
        const ending = command('end-session', { session_id: sessionUid, reason: 'signed_out' }, SYSTEM_ACTOR)
        await under.storage.commands.submit(ending)
        expect(await found()).toEqual([false, false])
      })

      it('of a session that ran out, but for offline_access', async () => {
        under.advance(61 * 60_000)
        expect(await found()).toEqual([false, true])
      })

      it('of somebody who was deactivated', async () => {
        const change = command('change-user', { userid, changes: { active: false } }, SYSTEM_ACTOR)
        await under.storage.commands.submit(change)
        expect(await found()).toEqual([false, false])
      })
    })

    it('A9 cut scopes down to what has been granted since the token was issued', async () => {
      const openid = { scope: 'openid email admin' }
      await adapter('AccessToken').upsert('before', token('AccessToken', openid), 60)
      const scope = async (id: string) => (await adapter('AccessToken').find(id))?.scope
      expect(await scope('before')).toBe('openid email')
      const { commands } = under.storage
      const register = (scope: string) =>
        commands.submit(command('change-client', { client_id: 'app', changes: { scope } }, SYSTEM_ACTOR))
      await register('openid admin')
      expect(await scope('before')).toBe('openid')
      await commands.submit(command('change-user', { userid, changes: { groups: ['admin'] } }, SYSTEM_ACTOR))
      expect(await scope('before')).toBe('openid')
      await adapter('AccessToken').upsert('after', token('AccessToken', openid), 60)
      expect(await scope('after')).toBe('openid admin')
      await register('openid email admin')
      expect(await scope('after')).toBe('openid admin')
    })

    it('read clients from the read model only', async () => {
      expect(await adapter('Client').find('app')).toMatchObject({ client_id: 'app' })
      expect(await adapter('Client').find('nobody')).toBeUndefined()
      await expect(adapter('Client').upsert('app', { client_id: 'app' }, 60)).rejects.toThrow('by commands')
    })
  })
}
