import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { CommandInput, CommandType } from '../../src/commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { newId } from '../../src/kernel/ids.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { differenceFromLog } from '../support/fresh-fold.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { openEngine } from '../support/open-engine.ts'

const MIGRATION = fileURLToPath(new URL('../../migrations/008_since_when_rights_hold.sql', import.meta.url))

describe('an installation of before', () => {
  it('I5 gets from its log the same rows that a rebuild makes', async () => {
    const directory = temporaryDirectory('memory')
    const open = openEngine(filesIn(directory.path))
    const { db, log, keys } = open.installation
    const does = async <T extends CommandType>(type: T, input: CommandInput<T>) => {
      open.advance(1_000)
      await open.engine.submit(command(type, input, SYSTEM_ACTOR))
    }
    const redirect = (path: string) => `https://app.example.org/${path}`
    const register = (client_id: string, scope: string) =>
      does('register-client', {
        client_id,
        public: false,
        secret_hash: 'a'.repeat(64),
        scope,
        redirect_uris: [redirect('a'), redirect('b,"c"')],
      })
    try {
      await register('kept', 'openid email')
      await register('changed', 'openid email admin')
      await does('change-client', { client_id: 'changed', changes: { scope: 'openid', name: 'Changed' } })
      await does('change-client', { client_id: 'changed', changes: { scope: 'admin openid 7' } })
      await does('change-client', { client_id: 'changed', changes: { redirect_uris: [redirect('b,"c"')] } })
      await does('change-client', {
        client_id: 'changed',
        changes: {
          redirect_uris: [redirect('a'), redirect('b,"c"')],
          grant_types: ['client_credentials', 'authorization_code'],
        },
      })
      await does('rotate-client-secret', { client_id: 'changed', secret_hash: 'b'.repeat(64) })
      await register('again', 'openid admin')
      await does('rotate-client-secret', { client_id: 'again', secret_hash: 'b'.repeat(64) })
      await does('remove-client', { client_id: 'again' })
      await register('again', 'openid')
      await does('register-client', {
        client_id: 'machine',
        public: false,
        secret_hash: 'c'.repeat(64),
        grant_types: ['client_credentials'],
      })

      const [ada, bob] = [generateUserid(), generateUserid()]
      await does('register-user', { userid: ada, username: 'ada', groups: ['admin', 'staff'] })
      await does('register-user', { userid: bob, username: 'bob', groups: ['admin'] })
      for (const groups of [['staff'], ['admin', 'staff', 'math'], ['admin', 'math']]) {
        await does('change-user', { userid: ada, changes: { groups } })
      }
      const session = newId()
      const expires_at = '2999-01-01T00:00:00.000Z'
      const signIn = (session_id: string, amr: ('pwd' | 'link' | 'passkey')[]) =>
        does('record-sign-in', { userid: ada, session_id, amr, expires_at })
      await signIn(session, ['pwd'])
      await signIn(session, ['passkey'])
      await signIn(session, ['link'])
      await signIn(newId(), ['link'])

      const before = new Database(db.name)
      before.exec('ALTER TABLE sessions DROP COLUMN strong_at')
      before.exec('ALTER TABLE user_groups DROP COLUMN since')
      before.exec('ALTER TABLE clients DROP COLUMN rights')
      before.exec(readFileSync(MIGRATION, 'utf8'))
      before.close()
      expect(await differenceFromLog(db, log, keys)).toBeNull()
    } finally {
      await open.close()
      directory.remove()
    }
  })
})
