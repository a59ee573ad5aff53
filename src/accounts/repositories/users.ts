import { Refusal } from '../../kernel/refusal.ts'
import type { UseridRegister } from '../../kernel/userid.ts'
import type { NewUser, User } from '../../projections/users/user.ts'
import type { Views } from '../../projections/views.ts'

/** The fields of a user that can change. */
export type UserChanges = Partial<Omit<User, 'userid' | 'created_at' | 'updated_at'>>

/** The commands that the repository submits: each leaves an event, or refuses. */
export interface UserCommands {
  register(user: NewUser): Promise<unknown>
  change(userid: string, changes: UserChanges): Promise<unknown>
  erase(userid: string): Promise<unknown>
}

/** The users: read from the read model, written by commands. */
export class UserRepository implements UseridRegister {
  readonly #views: Pick<Views, 'users' | 'streams'>
  readonly #commands: UserCommands

  constructor(views: Pick<Views, 'users' | 'streams'>, commands: UserCommands) {
    this.#views = views
    this.#commands = commands
  }

  /** Registers a user. @throws DuplicateError when the userid or the username is taken. */
  async create(user: NewUser): Promise<User> {
    await this.#commands.register(user)
    return this.#held(user.userid)
  }

  async getByUserid(userid: string): Promise<User | null> {
    return this.#views.users.byUserid(userid)
  }

  async getByUsername(username: string): Promise<User | null> {
    return this.#views.users.byUsername(username)
  }

  /** Writes every field that differs, and answers the user as it is now. @throws Refusal `not_found`. */
  async update(user: User): Promise<User> {
    const { userid, created_at, updated_at, ...fields } = user
    await this.#commands.change(userid, fields)
    return this.#held(userid)
  }

  /** Lists users in the order of their ids. */
  async listUsers(offset = 0, limit = 100): Promise<User[]> {
    return this.#views.users.list(offset, limit)
  }

  /** Erases a user permanently; answers whether there was one. */
  async delete(userid: string): Promise<boolean> {
    if (!this.#views.users.byUserid(userid)) return false
    try {
      await this.#commands.erase(userid)
      return true
    } catch (error) {
      if (error instanceof Refusal && error.code === 'not_found') return false
      throw error
    }
  }

  /** Tells whether any user has or had an id, also one who was erased. */
  async isUseridTaken(userid: string): Promise<boolean> {
    return this.#views.streams.isUseridTaken(userid)
  }

  #held(userid: string): User {
    const user = this.#views.users.byUserid(userid)
    if (!user) throw new Refusal('not_found', 'The user was erased in the meantime')
    return user
  }
}
