import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerOf, countersign, OPERATOR, startProcess } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'

const place = temporaryDirectory()
afterAll(() => place.remove())

const run = (...args: string[]) => countersign(place.path, args)
const answer = (...args: string[]) => answerOf(place.path, args)
const sequences = (events: { sequence: number }[]) => events.map(({ sequence }) => sequence)

let ada: string
beforeAll(async () => {
  ada = (await answer('user', 'create', '--username', 'ada')).userid
  await answer('user', 'create', '--username', 'bob')
  await answer('user', 'deactivate', 'ada')
  await answer('client', 'create', '--client-id', 'app', '--redirect-uri', 'https://a.example/cb')
  await answer('user', 'activate', 'ada')
})

describe('events list', () => {
  it('shows each event in the shape that everybody outside gets', async () => {
    const [event] = await answer('events', 'list', '--type', 'UserDeactivated')
    expect(event).toEqual({
      sequence: 3,
      position: 3,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      stream: `user-${ada}`,
      version: 2,
      type: 'UserDeactivated',
      schema_version: 1,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      actor: { kind: 'cli', id: OPERATOR },
      subject: ada,
      client: null,
      correlation: null,
      causation: null,
      command: expect.any(String),
      data: { userid: ada },
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('gives the hash of the commit, which is also that of the head', async () => {
    const events = await answer('events', 'list')
    expect(events.at(-1).hash).toBe((await answer('audit', 'verify')).hash)
  })

  const FILTERS: [name: string, args: () => string[], wanted: number[]][] = [
    ['nothing', () => [], [1, 2, 3, 4, 5]],
    ['--after', () => ['--after', '3'], [4, 5]],
    ['one --type', () => ['--type', 'UserRegistered'], [1, 2]],
    ['two --type', () => ['--type', 'UserRegistered', '--type', 'ClientRegistered'], [1, 2, 4]],
    ['--subject', () => ['--subject', ada], [1, 3, 5]],
    ['--actor', () => ['--actor', OPERATOR], [1, 2, 3, 4, 5]],
    ['another --actor', () => ['--actor', 'nobody'], []],
    ['--client', () => ['--client', 'app'], []],
    ['--from', () => ['--from', '2020-01-01'], [1, 2, 3, 4, 5]],
    ['--to', () => ['--to', '2020-01-01T00:00:00Z'], []],
    ['--limit', () => ['--limit', '2'], [1, 2]],
    ['several', () => ['--subject', ada, '--after', '1', '--limit', '1'], [3]],
  ]

  it.each(FILTERS)('filters by %s', async (_, args, wanted) => {
    expect(sequences(await answer('events', 'list', ...args()))).toEqual(wanted)
    const lines = (await run('events', 'export', ...args())).stdout.split('\n').slice(0, -1)
    expect(sequences(lines.map((line) => JSON.parse(line)))).toEqual(wanted)
  })

  it.each([
    ['--after', '-1'],
    ['--after', '1.5'],
    ['--limit', '0'],
    ['--from', 'yesterday'],
    ['--from', '2030-02-31x'],
    ['--to', '2030-01-01T00:00:00'],
  ])('refuses %s %s', async (option, value) => {
    const { code, stdout, stderr } = await run('events', 'list', option, value)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^error: option '--\w+ <\w+>' argument '.*' is invalid\. .+\n$/)
  })

  it('takes a filter for data, whatever is in it', async () => {
    expect(await answer('events', 'list', '--subject', "x' OR 1=1 --")).toEqual([])
    expect(await answer('events', 'list', '--type', '%')).toEqual([])
  })

  it('tells people in a table', async () => {
    const { stdout } = await run('events', 'list', '--limit', '1')
    expect(stdout).toMatch(
      /^SEQUENCE {2}AT +TYPE +SUBJECT +ACTOR +DATA\n1 +20\S+ +UserRegistered +\w{5}-\w{5} +cli:/,
    )
    expect((await run('events', 'list', '--after', '99')).stdout).toBe('none\n')
  })
})

describe('events tail', () => {
  it('prints what other processes append, until it is interrupted', async () => {
    const tail = startProcess(place.path, ['events', 'tail', '--json', '--after', '4'])
    try {
      const lines = createInterface({ input: tail.stdout })[Symbol.asyncIterator]()
      const next = async () => JSON.parse(String((await lines.next()).value))
      expect(await next()).toMatchObject({ sequence: 5, type: 'UserActivated' })
      await answer('user', 'deactivate', 'bob')
      expect(await next()).toMatchObject({ sequence: 6, type: 'UserDeactivated' })
      await answer('user', 'activate', 'bob')
      expect(await next()).toMatchObject({ sequence: 7, type: 'UserActivated' })
      const closed = once(tail, 'close')
      tail.kill('SIGINT')
      expect(await closed).toEqual([0, null])
    } finally {
      tail.kill('SIGKILL')
    }
  })

  it('ends by itself after as many as were asked for', async () => {
    const { stdout } = await run('events', 'tail', '--after', '0', '--limit', '3')
    expect(stdout.split('\n')).toHaveLength(4)
    expect(stdout).toMatch(/^1 {2}20\S+ {2}UserRegistered {2}\w{5}-\w{5} {2}cli:/)
  })
})

describe('an erased person', () => {
  it('is shown as erased, by every event that held something of the person', async () => {
    const { userid } = await answer('user', 'create', '--username', 'gone')
    await answer('user', 'erase', 'gone')
    const events = await answer('events', 'list', '--subject', userid)
    expect(events.map(({ type, data }: { type: string; data: unknown }) => [type, data])).toEqual([
      ['UserRegistered', { erased: true }],
      ['UserErased', { userid, link_ids: [] }],
    ])
  })
})
