/** A person with an account, as every room sees one. Times are ISO 8601 UTC. */
export interface User {
  userid: string
  username: string
  preferred_username: string | null
  given_name: string | null
  family_name: string | null
  nickname: string | null
  email: string | null
  email_verified: boolean
  phone_number: string | null
  phone_number_verified: boolean
  picture: string | null
  locale: string | null
  /** Names of groups, sorted. */
  groups: string[]
  active: boolean
  created_at: string
  updated_at: string
}

/** What a new user is made from: everything but the id and the name may be left out. */
export type NewUser = Pick<User, 'userid' | 'username'> &
  Partial<Omit<User, 'userid' | 'username' | 'created_at' | 'updated_at'>>
