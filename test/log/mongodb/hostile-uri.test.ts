import { expect, it } from 'vitest'
import { connectMongo, mongoClient } from '../../../src/log/mongodb/connection.ts'
import { openWriter } from '../../../src/storage/open-writer.ts'
import { systemCommand } from '../../contract/storage-under-test.ts'
import { filesIn, temporaryDirectory } from '../../support/installation.ts'
import { describeWithMongo } from '../../support/mongodb.ts'

const HOSTILE = [
  'w=0',
  'w=1',
  'journal=false',
  'wtimeoutMS=1',
  'readPreference=secondary',
  'readPreference=secondary&readPreferenceTags=dc:far&maxStalenessSeconds=120',
  'readConcernLevel=local',
  'w=0&journal=false&readPreference=nearest&readConcernLevel=available&retryWrites=false&timeoutMS=1',
]

/** Adds options to a connection string, which may have some. */
const asking = (uri: string, options: string) => `${uri}${uri.includes('?') ? '&' : '?'}${options}`

describeWithMongo('a connection string that asks for less', (server) => {
  it.each(HOSTILE)('%s changes nothing', async (options) => {
    const client = mongoClient(asking(server.uri, options))
    const { writeConcern, readConcern, readPreference, timeoutMS } = client.options
    expect({ writeConcern, readConcern, readPreference: readPreference.mode, timeoutMS }).toEqual({
      writeConcern: { w: 'majority', journal: true, j: true },
      readConcern: { level: 'majority' },
      readPreference: 'primary',
      timeoutMS: undefined,
    })
    await client.close()
  })

  it('does not change what is sent', async () => {
    const mongodb = { uri: asking(server.uri, HOSTILE.at(-1) ?? ''), database: server.newDatabase() }
    const directory = temporaryDirectory()
    const writer = await openWriter({ ...filesIn(directory.path), mongodb }, () => undefined)
    try {
      const registration = systemCommand('register-user', { userid: 'lusab-babad', username: 'ada' })
      await writer.engine.submit(registration)
      const straight = await connectMongo({ uri: server.uri, database: mongodb.database })
      expect(
        await straight.log.collection('commits').countDocuments({ 'commands.id': registration.id }),
      ).toBe(1)
      await straight.close()
    } finally {
      await writer.close()
      directory.remove()
    }
  })

  it.each(['nonsense', 'mongodb://', 'mongodb://h/?replicaSet=', 'http://example.org/'])(
    'and is none, %s, is refused without being quoted',
    (uri) => {
      expect(() => mongoClient(uri)).toThrow('OIDC_OP_MONGODB_URI is not a usable connection string')
    },
  )

  it('names a server that does not answer, and no password', async () => {
    const uri = 'mongodb://somebody:pass-word-canary@127.0.0.1:1/?serverSelectionTimeoutMS=100'
    const refused = connectMongo({ uri, database: 'x' })
    await expect(refused).rejects.toThrow(/^MongoDB at 127\.0\.0\.1:1 cannot be used: /)
    await expect(refused).rejects.not.toThrow(/canary/)
  })
})
