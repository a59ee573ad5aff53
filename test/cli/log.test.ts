import { afterAll, expect, it } from 'vitest'
import { answerOf, countersign } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'
import { describeWithMongo } from '../support/mongodb.ts'

describeWithMongo('log copy', (server) => {
  const place = temporaryDirectory()
  afterAll(() => place.remove())

  it('moves a service to MongoDB by the settings alone, and it goes on there', async () => {
    const env = { OIDC_OP_MONGODB_URI: server.uri, OIDC_OP_MONGODB_DATABASE: server.newDatabase() }
    const { userid } = await answerOf(place.path, ['user', 'create', '--username', 'ada'])
    const report = await answerOf(place.path, ['log', 'copy', '--from', 'sqlite', '--to', 'mongodb'], { env })
    expect(report).toMatchObject({ from: 'sqlite', to: 'mongodb', position: 1, sequence: 1, keys: 1 })
    const there = { env: { ...env, OIDC_OP_STORAGE_BACKEND: 'mongodb' } }
    expect(await answerOf(place.path, ['user', 'show', 'ada'], there)).toMatchObject({ userid })
    await answerOf(place.path, ['user', 'create', '--username', 'bob'], there)
    expect(await answerOf(place.path, ['events', 'list'], there)).toHaveLength(2)
    expect(await answerOf(place.path, ['events', 'list'])).toHaveLength(1)
  })

  it.each([
    [['--from', 'sqlite', '--to', 'sqlite'], 'Both ends are the same'],
    [['--from', 'sqlite', '--to', 'mongodb'], 'OIDC_OP_MONGODB_URI must say where the mongodb end is'],
  ])('refuses %j', async (ends, text) => {
    const run = await countersign(place.path, ['log', 'copy', ...ends])
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toContain(text)
  })

  it('refuses where nothing is, and makes nothing', async () => {
    const nowhere = temporaryDirectory()
    const env = { OIDC_OP_MONGODB_URI: server.uri, OIDC_OP_MONGODB_DATABASE: server.newDatabase() }
    const run = await countersign(nowhere.path, ['log', 'copy', '--from', 'sqlite', '--to', 'mongodb'], {
      env,
    })
    expect(run.stderr).toContain('There is nothing at')
    nowhere.remove()
  })
})
