import type { Repositories } from '../../src/accounts/repositories/repositories.ts'
import type { NewUser } from '../../src/projections/users/user.ts'

/** Repositories over a fresh, empty back end whose clock stands still until `advance` moves it by milliseconds. */
export interface RepositoriesUnderTest {
  repositories: Repositories
  now(): number
  advance(milliseconds: number): void
  /** Lists the types of all events in the log, in order. */
  eventTypes(): string[]
  /** All bytes that the back end keeps, as one text: what is not in it is stored nowhere. */
  storedBytes(): Buffer
  close(): Promise<void>
}

export const ADA = 'lusab-babad'
export const BOB = 'gutih-tugad'
export const NOBODY = 'zabab-babab'

export const newUser = (userid: string, username: string, rest: Partial<NewUser> = {}): NewUser => ({
  userid,
  username,
  ...rest,
})

/** Runs `act`, and answers the types of the events that it left. */
export async function eventsOf(t: Pick<RepositoriesUnderTest, 'eventTypes'>, act: () => Promise<unknown>) {
  const before = t.eventTypes().length
  await act()
  return t.eventTypes().slice(before)
}
