import type { CommandInput, CommandType } from '../../../src/commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { tokenHash } from '../../../src/kernel/random.ts'
import { generateUserid } from '../../../src/kernel/userid.ts'
import type { OpenEngine } from '../../support/open-engine.ts'
import { type Persona, persona } from '../../support/persona.ts'
import type { Seeded } from '../../support/seeded.ts'

/** Appends some sixty commits of one to four commands each, with events of every room of the catalogue. */
export async function appendVariedCommits({ engine }: OpenEngine, random: Seeded): Promise<void> {
  const submit = <T extends CommandType>(type: T, input: CommandInput<T>) =>
    engine.submit(command(type, input, SYSTEM_ACTOR, { ...ORIGIN, request: newId() }))
  for (let index = 0; index < 12; index += 1) {
    const person = persona(generateUserid())
    const client_id = `client-${index}`
    const { userid, profile } = person
    await submit('register-user', { userid, ...profile, groups: ['staff'] })
    await Promise.all([
      submit('set-password', { userid, password_hash: person.password_hash }),
      submit('register-passkey', { userid, ...person.passkey }),
      submit('change-user', { userid, changes: { nickname: `Nick ${index}`, email_verified: true } }),
    ])
    await submit('issue-magic-link', linkFor(person))
    await Promise.all([
      submit('record-sign-in', sessionOf(userid)),
      submit('record-sign-in', sessionOf(userid)),
    ])
    const secret_hash = tokenHash(newId())
    const redirect_uris = ['https://app.example/cb']
    await submit('register-client', {
      client_id,
      public: false,
      secret_hash,
      redirect_uris,
      name: `App ${index}`,
    })
    if (random.chance(0.3)) await submit('erase-user', { userid })
  }
}

const ORIGIN = { client: 'console', session: null, flow: null, correlation: 'one', causation: null }

const linkFor = ({ userid, profile }: Persona): CommandInput<'issue-magic-link'> => ({
  link_id: newId(),
  token_hash: tokenHash(newId()),
  purpose: 'recovery',
  userid,
  username: profile.username,
  expires_at: '2099-01-01T00:00:00.000Z',
  created_by: 'cli',
})

const sessionOf = (userid: string): CommandInput<'record-sign-in'> => ({
  userid,
  session_id: newId(),
  amr: ['pwd'],
  expires_at: '2099-01-01T00:00:00.000Z',
})
