import { join } from 'node:path'
import { generateUserid } from '../../src/kernel/userid.ts'
import { openForWriting } from '../../src/log/sqlite/database.ts'

const BATCH = 64

/**
 * Writes two rows per registration with nothing around them: an event of the size that ours have, and a user
 * with an id and a name that are unique. Same driver, same file settings, one commit per 64.
 *
 * @returns pairs of rows a second.
 */
export function bareLoop(directory: string, count: number): number {
  const db = openForWriting(join(directory, `bare-${count}-${generateUserid()}.db`))
  db.exec(`
    CREATE TABLE events (sequence INTEGER PRIMARY KEY, header TEXT NOT NULL, payload TEXT NOT NULL) STRICT;
    CREATE TABLE users (userid TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, profile TEXT NOT NULL) STRICT;
  `)
  const addEvent = db.prepare('INSERT INTO events (header, payload) VALUES (?, ?)')
  const addUser = db.prepare('INSERT OR IGNORE INTO users (userid, username, profile) VALUES (?, ?, ?)')
  const header = 'h'.repeat(300)
  const payload = 'p'.repeat(700)
  const profile = 'r'.repeat(150)
  const begun = performance.now()
  for (let done = 0; done < count; done += BATCH) {
    db.exec('BEGIN IMMEDIATE')
    for (let index = done; index < done + BATCH; index += 1) {
      addEvent.run(header, payload)
      addUser.run(generateUserid(), `user-${index}`, profile)
    }
    db.exec('COMMIT')
  }
  const seconds = (performance.now() - begun) / 1000
  db.close()
  return Math.round(count / seconds)
}
