import { expect, it } from 'vitest'
import { createMemoryTables } from '../../src/log/sqlite/memory-tables.ts'
import { USER_STATE_EVENTS } from '../../src/projections/users/history.ts'
import { users } from '../../src/projections/users/project.ts'

it('the history of a user is made of the very events that the read model takes in', () => {
  const { sql, close } = createMemoryTables()
  // Whose key is lost has no history: nothing in it can be read.
  const taken = Object.keys(users.handlers(sql)).filter((type) => type !== 'LossAccepted')
  expect(taken.sort()).toStrictEqual([...USER_STATE_EVENTS].sort())
  close()
})
