import { createHash } from 'node:crypto'

/** What one person would leave in the files: every value carries the person's tag or is derived from it. */
export interface Persona {
  userid: string
  /** Stands in every text; see `tagsIn`. */
  tag: string
  profile: {
    username: string
    email: string
    preferred_username: string
    given_name: string
    family_name: string
    nickname: string
    phone_number: string
    picture: string
    locale: string
  }
  password_hash: string
  passkey: { credential_id: string; public_key: string; device_name: string }
}

const TAG = /zq[0-9a-f]{12}qz/g

/** Makes the tag of a person or thing: the same for the same name, and found by nothing else. */
export function tagOf(name: string): string {
  return `zq${createHash('sha256').update(name).digest('hex').slice(0, 12)}qz`
}

/** Makes up a person whose values all differ from everybody else's. */
export function persona(userid: string): Persona {
  const tag = tagOf(userid)
  const digits = String(Number.parseInt(tag.slice(2, 14), 16)).padStart(15, '7')
  return {
    userid,
    tag,
    profile: {
      username: `user-${tag}`,
      email: `${tag}@mail.example`,
      preferred_username: `Preferred ${tag}`,
      given_name: `Given ${tag}`,
      family_name: `Family ${tag}`,
      nickname: `Nick ${tag}`,
      phone_number: `+99 ${digits}`,
      picture: `https://pictures.example/${tag}.png`,
      locale: 'de-CH',
    },
    password_hash: `$argon2id$v=19$m=19456,t=2,p=1$${tag}$${tag}`,
    passkey: {
      credential_id: Buffer.from(`credential ${tag}`).toString('base64url'),
      public_key: Buffer.from(`public key ${tag}`).toString('base64url'),
      device_name: `Phone ${tag}`,
    },
  }
}

/** Lists the tags that occur anywhere in some bytes. */
export function tagsIn(bytes: Buffer): Set<string> {
  return new Set(Array.from(bytes.toString('latin1').matchAll(TAG), ([tag]) => tag))
}
