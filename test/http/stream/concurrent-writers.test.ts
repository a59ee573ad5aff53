import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { generateUserid } from '../../../src/kernel/userid.ts'
import { killChildren, startChild } from '../../faults/support/child.ts'
import { temporaryDirectory } from '../../support/installation.ts'
import { type AdminApp, createAdminApp } from '../admin/admin-app.ts'
import { StreamReader } from './stream-reader.ts'

const WRITER = '../../http/stream/writer-child.ts'
const COUNT = 200

const directory = temporaryDirectory()
let service: AdminApp
let base: string
beforeAll(async () => {
  service = await createAdminApp({ directory: directory.path })
  const address = await service.app.listen({ host: '127.0.0.1', port: 0 })
  base = `${address.replace('http', 'ws')}/api/admin/events/stream`
})
afterAll(async () => {
  killChildren()
  await service.close()
  directory.remove()
})

describe('while this process and another one write', () => {
  it('readers that come at any moment get every event after their cursor once and in order', async () => {
    const before = service.storage.log.head().sequence
    const writer = startChild<{ kind: string }>(WRITER, { directory: directory.path, count: COUNT })
    await writer.message(({ kind }) => kind === 'ready')
    const readers: { after: number; reader: StreamReader }[] = []
    const join = (after: number) => {
      readers.push({ after, reader: new StreamReader(`${base}?after=${after}`) })
    }
    for (let n = 0; n < COUNT; n += 1) {
      if (n % 20 === 0) join(before)
      if (n % 20 === 10) join(service.storage.log.head().sequence)
      const userid = generateUserid()
      await service.does('register-user', { userid, username: userid })
    }
    await writer.message(({ kind }) => kind === 'done')
    const head = before + 2 * COUNT
    await vi.waitFor(() => expect(service.storage.log.head().sequence).toBe(head), { timeout: 5_000 })
    for (const { after, reader } of readers) {
      await reader.until(({ last }) => last === head)
      expect(reader.sequences).toStrictEqual(Array.from({ length: head - after }, (_, n) => after + n + 1))
      reader.close()
    }
  })
})
