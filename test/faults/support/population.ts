import type { CommandInput, CommandType } from '../../../src/commands/catalogue.ts'
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { documentKeyHash } from '../../../src/documents/key-hash.ts'
import { isoTime } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { tokenHash } from '../../../src/kernel/random.ts'
import { generateUserid } from '../../../src/kernel/userid.ts'
import type { OpenEngine } from '../../support/open-engine.ts'
import type { Seeded } from '../../support/seeded.ts'

const DAY = 86_400_000
const BATCH = 200

/** Somebody who lives in an installation, with everything that was ever stored about the person. */
export interface Inhabitant {
  userid: string
  username: string
  email: string
  passkeys: string[]
  values: Set<string | Buffer>
}

type Step = (person: Inhabitant) => Promise<unknown>

/** Fills an installation with people who register, rename themselves, sign in, get links, and so on. */
export async function populate(
  open: OpenEngine,
  random: Seeded,
  size: { people: number; steps: number },
): Promise<Inhabitant[]> {
  const life = new Life(open, random)
  const people: Inhabitant[] = []
  await inBatches(size.people, async () => {
    people.push(await (random.chance(0.2) ? life.acceptInvitation() : life.register()))
  })
  await inBatches(size.people * size.steps, () => random.pick(life.steps)(random.pick(people)))
  // Half of the links end and are cleared away.
  open.advance(DAY)
  await life.submit('purge-magic-links', { limit: 10_000 })
  return people
}

async function inBatches(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let left = count; left > 0; left -= BATCH) {
    await Promise.all(Array.from({ length: Math.min(left, BATCH) }, work))
  }
}

class Life {
  readonly #open: OpenEngine
  readonly #random: Seeded

  readonly steps: Step[] = [
    (person) => this.#rename(person),
    (person) => this.#changeEmail(person),
    (person) => this.#changeProfile(person),
    (person) => this.#changeProfile(person),
    (person) => this.#addPasskey(person),
    (person) => this.#addPasskey(person),
    (person) => this.#renamePasskey(person),
    (person) => this.#usePasskey(person),
    (person) => this.#removePasskey(person),
    (person) => this.#setPassword(person),
    (person) => this.#signIn(person),
    (person) => this.#signIn(person),
    (person) => this.#issueLink(person),
    (person) => this.#issueLink(person),
    (person) => this.#keepDocument(person),
  ]

  constructor(open: OpenEngine, random: Seeded) {
    this.#open = open
    this.#random = random
  }

  submit<T extends CommandType>(type: T, input: CommandInput<T>) {
    return this.#open.engine.submit(command(type, input, SYSTEM_ACTOR))
  }

  async register(): Promise<Inhabitant> {
    const person = this.#newPerson()
    const { userid, username, email } = person
    await this.submit('register-user', {
      userid,
      username,
      email,
      groups: ['staff'],
      ...this.#profile(person),
    })
    this.#noteHandle(person)
    return person
  }

  async acceptInvitation(): Promise<Inhabitant> {
    const person = this.#newPerson()
    const { userid, username, email } = person
    const token_hash = this.#tokenHash(person)
    const note = this.#word(person)
    const link = { link_id: newId(), token_hash, purpose: 'invitation' as const, username, note }
    await this.submit('issue-magic-link', { ...link, expires_at: this.#in(30 * DAY) })
    const password_hash = this.#passwordHash(person)
    await this.submit('accept-invitation', {
      token_hash,
      userid,
      email,
      password_hash,
      ...this.#profile(person),
    })
    this.#noteHandle(person)
    return person
  }

  #newPerson(): Inhabitant {
    const person = {
      userid: generateUserid(),
      username: '',
      email: '',
      passkeys: [],
      values: new Set<string>(),
    }
    return Object.assign(person, { username: this.#word(person), email: this.#email(person) })
  }

  #profile(person: Inhabitant) {
    return {
      given_name: this.#word(person),
      family_name: this.#word(person),
      nickname: this.#word(person),
      preferred_username: this.#word(person),
      phone_number: this.#kept(person, `+99 ${this.#random.below(1e9) + 1e9}`),
      picture: this.#kept(person, `https://pictures.example/${this.#letters(12)}.png`),
      locale: this.#random.pick(['de-CH', 'fr-CH', 'en']),
    }
  }

  #noteHandle(person: Inhabitant): void {
    this.#kept(person, this.#open.views.users.webauthnUserId(person.userid)!)
  }

  async #rename(person: Inhabitant) {
    person.username = this.#word(person)
    await this.submit('change-user', { userid: person.userid, changes: { username: person.username } })
  }

  async #changeEmail(person: Inhabitant) {
    person.email = this.#email(person)
    const changes = { email: person.email, email_verified: this.#random.chance(0.5) }
    await this.submit('change-user', { userid: person.userid, changes })
  }

  #changeProfile(person: Inhabitant) {
    const changes = { nickname: this.#kept(person, `${this.#letters(8 + this.#random.below(120))} nick`) }
    return this.submit('change-user', { userid: person.userid, changes })
  }

  async #addPasskey(person: Inhabitant) {
    const credential_id = this.#bytes(person, 16 + this.#random.below(200))
    const public_key = this.#bytes(person, 77)
    const passkey = { credential_id, public_key, device_name: this.#word(person), transports: ['internal'] }
    await this.submit('register-passkey', { userid: person.userid, ...passkey })
    person.passkeys.push(credential_id)
  }

  async #renamePasskey(person: Inhabitant) {
    const [credential_id] = person.passkeys
    if (!credential_id) return
    await this.submit('rename-passkey', {
      userid: person.userid,
      credential_id,
      device_name: this.#word(person),
    })
  }

  async #usePasskey(person: Inhabitant) {
    const [credential_id] = person.passkeys
    if (!credential_id) return
    const use = { userid: person.userid, credential_id }
    await this.submit('record-passkey-use', { ...use, sign_count: 0, backup_state: true })
    await this.submit('flag-passkey', { ...use, reported_count: 1 })
  }

  async #removePasskey(person: Inhabitant) {
    if (person.passkeys.length < 2) return
    const credential_id = person.passkeys.pop()!
    await this.submit('remove-passkey', { userid: person.userid, credential_id })
  }

  #setPassword(person: Inhabitant) {
    return this.submit('set-password', { userid: person.userid, password_hash: this.#passwordHash(person) })
  }

  #signIn(person: Inhabitant) {
    return this.submit('record-sign-in', {
      userid: person.userid,
      session_id: newId(),
      amr: ['pwd'],
      expires_at: this.#in(30 * DAY),
      address: this.#kept(person, `2001:db8::${this.#letters(4)}:${this.#random.below(1e6)}`),
      device_name: this.#word(person),
    })
  }

  #issueLink(person: Inhabitant) {
    return this.submit('issue-magic-link', {
      link_id: newId(),
      token_hash: this.#tokenHash(person),
      purpose: this.#random.pick(['sign_in', 'recovery', 'email_verification']),
      userid: person.userid,
      username: person.username,
      note: this.#word(person),
      expires_at: this.#in(this.#random.chance(0.5) ? DAY / 2 : 30 * DAY),
    })
  }

  #keepDocument(person: Inhabitant) {
    const { userid, username, email } = person
    return this.#open.engine.write({
      type: 'upsert',
      kind: 'test',
      keyHash: documentKeyHash('test', newId()),
      uidHash: null,
      account: userid,
      grant: null,
      payload: JSON.stringify({ username, email, more: this.#word(person) }),
      expiresAt: this.#open.now() + 30 * DAY,
      now: this.#open.now(),
    })
  }

  #in(milliseconds: number): string {
    return isoTime(this.#open.now() + milliseconds)
  }

  #kept<T extends string>(person: Inhabitant, value: T): T {
    person.values.add(value)
    return value
  }

  #letters(length: number): string {
    return Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz'[this.#random.below(26)]).join('')
  }

  #word(person: Inhabitant): string {
    return this.#kept(person, this.#letters(8 + this.#random.below(12)))
  }

  #email(person: Inhabitant): string {
    return this.#kept(person, `${this.#letters(10)}@mail.example`)
  }

  #bytes(person: Inhabitant, length: number): string {
    const bytes = this.#random.bytes(length)
    person.values.add(bytes)
    return this.#kept(person, bytes.toString('base64url'))
  }

  #tokenHash(person: Inhabitant): string {
    return this.#kept(person, tokenHash(this.#letters(32)))
  }

  #passwordHash(person: Inhabitant): string {
    return this.#kept(person, `$argon2id$v=19$m=19456,t=2,p=1$${this.#letters(22)}$${this.#letters(43)}`)
  }
}
