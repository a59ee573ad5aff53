import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { openEngine } from '../support/open-engine.ts'

const MEGABYTES = 24
const NAMES = 8

describe(`erasing people with short names beside ${MEGABYTES} MB of random base64`, () => {
  const directory = temporaryDirectory('memory')
  afterAll(() => directory.remove())

  it('never rewrites the file because their letters stand there by chance', async () => {
    let rewritten = 0
    const open = openEngine(filesIn(directory.path), {
      replace: ({ scrubber }) => {
        const rewrite = scrubber.rewrite.bind(scrubber)
        scrubber.rewrite = () => {
          rewritten += 1
          rewrite()
        }
        return { scrubber }
      },
    })
    const { db, keys, log } = open.installation
    try {
      const insert = db.prepare(
        "INSERT INTO documents (key_hash, kind, payload, expires_at) VALUES (?, 'Session', ?, 9000000000000)",
      )
      // Rows of one page, and rows that go on in others.
      const texts = Array.from({ length: MEGABYTES * 160 }, (_, index) =>
        randomBytes(index % 8 === 0 ? 24_000 : 1_900).toString('base64url'),
      )
      db.transaction(() => {
        for (const text of texts) insert.run(randomBytes(32), text)
      })()
      const names = Array.from({ length: NAMES }, (_, index) => {
        const text = texts[index] ?? ''
        const at = text.slice(1000).search(/[A-Za-z]{4}/) + 1000
        return text.slice(at, at + 4)
      })
      for (const [index, name] of names.entries()) {
        const userid = generateUserid()
        const input = { userid, username: `person-number-${index}`, given_name: name }
        await open.engine.submit(command('register-user', input, SYSTEM_ACTOR))
        await open.engine.submit(command('erase-user', { userid }, SYSTEM_ACTOR))
      }
      expect(rewritten).toBe(0)
      const ids = log.eventsAfter(0, -1).flatMap(({ key_id }) => (key_id ? [key_id] : []))
      expect((await keys.load(ids)).size).toBe(0)
    } finally {
      await open.close()
    }
  }, 60_000)
})
