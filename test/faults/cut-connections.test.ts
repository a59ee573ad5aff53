import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { generateUserid } from '../../src/kernel/userid.ts'
import { verifyChain } from '../../src/log/verify.ts'
import type { Writer } from '../../src/storage/open.ts'
import { openWriter } from '../../src/storage/open-writer.ts'
import { systemCommand } from '../contract/storage-under-test.ts'
import { filesIn, temporaryDirectory } from '../support/installation.ts'
import { describeWithMongo } from '../support/mongodb.ts'
import { scale } from '../support/scale.ts'
import { SEED, seeded } from '../support/seeded.ts'
import { type Cut, type CuttingProxy, openCuttingProxy } from './support/cutting-proxy.ts'

const PLACES: readonly Cut[] = ['before the request', 'after the request', 'before the reply']
const TIMES = scale(25, 300)

describeWithMongo(`a connection that is cut ${TIMES} times at each place (seed ${SEED})`, (server) => {
  const random = seeded(SEED)
  const [directory, other] = [temporaryDirectory(), temporaryDirectory()]
  const submitted = new Set<string>()
  const acknowledged = new Map<string, number>()
  const unknown = new Set<string>()
  let proxy: CuttingProxy
  let writer: Writer
  let fresh: Writer

  beforeAll(async () => {
    const started = performance.now()
    const { hostname, port } = new URL(server.uri)
    expect(hostname).toBe('127.0.0.1')
    proxy = await openCuttingProxy(Number(port), () => {
      const left = PLACES.filter((place) => proxy.cuts[place] < TIMES)
      return left.length > 0 && random.chance(0.6) ? random.pick(left) : null
    })
    // A member of a set tells the driver its own address, which leads past the proxy.
    const uri = `mongodb://127.0.0.1:${proxy.port}/?directConnection=true`
    const mongodb = { uri, database: server.newDatabase() }
    const masterKey = systemRandom(32)
    writer = await openWriter({ ...filesIn(directory.path, masterKey), mongodb }, () => undefined)
    const userids = await people()
    while (PLACES.some((place) => proxy.cuts[place] < TIMES)) {
      await Promise.all(Array.from({ length: 1 + random.below(4) }, () => signIn(random.pick(userids))))
    }
    await writer.close()
    const straight = { uri: server.uri, database: mongodb.database }
    fresh = await openWriter({ ...filesIn(other.path, masterKey), mongodb: straight }, () => undefined)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(
      `cuts: ${JSON.stringify(proxy.cuts)}, ${acknowledged.size} acknowledged, ${unknown.size} unknown, ${seconds} s`,
    )
  }, 600_000)

  afterAll(async () => {
    await fresh?.close()
    await proxy?.close()
    directory.remove()
    other.remove()
  })

  async function people(): Promise<string[]> {
    const userids = Array.from({ length: 5 }, () => generateUserid())
    for (const userid of userids) await submit('register-user', { userid, username: userid })
    return userids
  }

  function signIn(userid: string): Promise<void> {
    const session_id = newId()
    return submit('record-sign-in', {
      userid,
      session_id,
      amr: ['pwd'],
      expires_at: '2099-01-01T00:00:00.000Z',
    })
  }

  async function submit(...[type, input]: Parameters<typeof systemCommand>): Promise<void> {
    const command = systemCommand(type, input)
    submitted.add(command.id)
    try {
      const { position } = await writer.engine.submit(command)
      acknowledged.set(command.id, position)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.code === 'storage_unavailable') submitted.delete(command.id)
      else if (error.code === 'outcome_unknown') unknown.add(command.id)
      else throw error
    }
  }

  const kept = () =>
    fresh.installation.db.prepare('SELECT id, position FROM commands').all() as {
      id: string
      position: number
    }[]

  it('loses nothing that was acknowledged, and keeps it once, where it was said to be', () => {
    const positions = new Map(kept().map(({ id, position }) => [id, position]))
    expect([...acknowledged].filter(([id, position]) => positions.get(id) !== position)).toEqual([])
    expect(positions.size).toBe(kept().length)
  })

  it('keeps nothing that was refused', () => {
    expect(kept().filter(({ id }) => !acknowledged.has(id) && !unknown.has(id))).toEqual([])
  })

  it('leaves a chain without a fault, and the node that met it at its end', () => {
    expect(verifyChain(fresh.installation.log)).toEqual(fresh.installation.log.head())
  })
})
