import { type Collection, MongoClient } from 'mongodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CommitDocument } from '../../src/log/mongodb/commit-document.ts'
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

describeWithMongo('the command line beside a shared log', (server) => {
  const place = temporaryDirectory()
  const circumstances = {
    env: {
      OIDC_OP_STORAGE_BACKEND: 'mongodb',
      OIDC_OP_MONGODB_URI: '',
      OIDC_OP_MONGODB_DATABASE: '',
    },
  }
  const answer = (...args: string[]) => answerOf(place.path, args, circumstances)
  const run = (...args: string[]) => countersign(place.path, args, circumstances)
  beforeAll(async () => {
    circumstances.env.OIDC_OP_MONGODB_URI = server.uri
    circumstances.env.OIDC_OP_MONGODB_DATABASE = server.newDatabase()
    for (const name of ['ada', 'bob', 'carl']) await answer('user', 'create', '--username', name)
  })
  afterAll(() => place.remove())

  const commits = async (work: (commits: Collection<CommitDocument>) => Promise<unknown>) => {
    const client = new MongoClient(server.uri)
    await work(client.db(circumstances.env.OIDC_OP_MONGODB_DATABASE).collection<CommitDocument>('commits'))
    await client.close()
  }

  it('verifies, compares and rebuilds the tables of this node', async () => {
    expect(await answer('audit', 'verify')).toMatchObject({ ok: true, position: 3, sequence: 3 })
    expect(await answer('projections', 'status')).toMatchObject({ position: 3, current: true })
    expect(await answer('projections', 'verify')).toMatchObject({ ok: true, position: 3 })
    expect(await answer('projections', 'rebuild')).toMatchObject({ position: 3, changed_rows: 0 })
    expect(await answer('audit', 'checkpoint')).toMatchObject({ position: 3 })
  })

  it.each([
    [
      ['backup', 'x'],
      /^The log is in MongoDB: back it up with `mongodump --db .*`, and then `mongodump --db .*_keys`\n$/,
    ],
    [
      ['restore', 'x'],
      /^The log is in MongoDB: stop all nodes, .*`mongorestore`, and run `countersign restore --accept-database`\n$/,
    ],
    [['restore'], /`countersign restore --accept-database`\n$/],
    [['restore', 'x', '--accept-database'], /`countersign restore --accept-database`\n$/],
  ])('says what to do instead of %j', async (args, told) => {
    const { code, stdout, stderr } = await run(...args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(told)
  })

  it('is examined by doctor: this node, the database, and whether they agree', async () => {
    const { stdout } = await run('doctor', '--json')
    const findings: { check: string; ok: boolean; detail: string }[] = JSON.parse(stdout)
    // How files are made here is up to this process, not to the command line.
    expect(findings.filter(({ ok, check }) => !ok && check !== 'permissions')).toEqual([])
    expect(findings.map(({ check }) => check)).toEqual([
      'permissions',
      'disk space',
      'replica',
      'clock',
      'issuer',
      'database',
      'keys',
      'log',
    ])
  })

  it('names the commit that was changed in the database after this node had seen it', async () => {
    await commits((all) => all.updateOne({ _id: 2 }, { $set: { 'events.0.subject': 'somebody-else' } }))
    const verified = await run('audit', 'verify')
    expect(verified).toMatchObject({ code: 1, stderr: 'position 2: hash does not match the content\n' })
  })

  it('names the place where the log in the database was cut', async () => {
    await commits((all) => all.deleteMany({ _id: { $gte: 2 } }))
    const verified = await run('audit', 'verify')
    expect(verified).toMatchObject({
      code: 1,
      stderr: 'position 2: the log ends here, but 3 commits have been seen\n',
    })
    const { code, stdout } = await run('doctor')
    expect(code).toBe(1)
    expect(stdout).toMatch(/log +(no|false) .*does not hold the commit that this node has seen at position 3/)
  })
})
