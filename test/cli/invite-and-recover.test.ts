import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Cli } from '../../src/cli/console/console.ts'
import { createProgram } from '../../src/cli/program.ts'
import { answerOf, countersign } from '../support/command-line.ts'
import { temporaryDirectory } from '../support/installation.ts'
import { type Mailbox, openMailbox } from '../support/mailbox.ts'

const place = temporaryDirectory()
let mailbox: Mailbox
beforeAll(async () => {
  mailbox = await openMailbox()
})
afterAll(async () => {
  await mailbox.close()
  place.remove()
})

const invite = ['invite', 'create', '--username', 'grace', '--email', 'grace@example.org', '--ttl', '2d']

describe('invite create --email', () => {
  it('mails link, code, who invites and until when', async () => {
    const env = { OIDC_OP_SMTP_URL: mailbox.url, OIDC_OP_MAIL_FROM: 'op@example.org' }
    const { url, expires_at } = await answerOf(place.path, invite, { env })
    const { source, to } = await mailbox.arrival('grace@example.org')
    expect(to).toEqual(['grace@example.org'])
    const text = source.replaceAll('=\r\n', '').replaceAll('=3D', '=')
    for (const part of [
      url,
      'An administrator (tester) invites you',
      expires_at.slice(0, 16).replace('T', ' '),
      '/invite and type',
    ]) {
      expect(text).toContain(part)
    }
    expect(text).toMatch(/(?<![\w-])[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}(?![\w-])/)
  })

  it('prints the mail where there is no mail server, beside the JSON', async () => {
    const plain = await countersign(place.path, invite)
    expect(plain.stdout).toContain('mail to grace@example.org: Your invitation')
    const json = await countersign(place.path, [...invite, '--json'])
    expect(json.stderr).toContain('mail to grace@example.org')
    expect(JSON.parse(json.stdout).url).toContain('/invite/')
  })

  it.each(['grace', 'a@b@example.org', ''])('refuses %j, and makes no link', async (email) => {
    const before = (await answerOf(place.path, ['invite', 'list'])).length
    const refused = await countersign(place.path, ['invite', 'create', '--username', 'eve', '--email', email])
    expect([refused.code, /\bemail must\b/.test(refused.stderr)]).toEqual([1, true])
    expect(await answerOf(place.path, ['invite', 'list'])).toHaveLength(before)
  })

  it('fails when the mail is not accepted, but keeps the link', async () => {
    const env = { OIDC_OP_SMTP_URL: 'smtp://127.0.0.1:1', OIDC_OP_MAIL_FROM: 'op@example.org' }
    const run = await countersign(place.path, [...invite, '--json'], { env })
    expect([run.code, run.stderr.includes('its mail was not sent')]).toEqual([1, true])
    expect(JSON.parse(run.stdout).url).toContain('/invite/')
  })
})

describe('a link in a terminal', () => {
  it.each([
    ['invite create --username zoe', true, true],
    ['invite create --username zoe', false, false],
    ['invite create --username zoe --json', true, false],
    ['user recover ada', true, true],
    ['user recover ada --json', true, false],
  ] as const)('%s; terminal %s: QR code %s', async (line, isTTY, shown) => {
    await countersign(place.path, ['user', 'create', '--username', 'ada'])
    let stdout = ''
    const cli = new Cli({
      env: { OIDC_OP_DATA_DIR: place.path },
      readFile: () => '',
      stdin: (async function* () {})(),
      stdout: { write: (text) => (stdout += text), isTTY },
      stderr: { write: () => undefined },
      userName: 'tester',
    })
    await createProgram(cli).parseAsync(line.split(' '), { from: 'user' })
    expect(/[█▀▄]{8}/.test(stdout)).toBe(shown)
  })
})

it('user recover answers the link and its end', async () => {
  await countersign(place.path, ['user', 'create', '--username', 'bea'])
  const answer = await answerOf(place.path, ['user', 'recover', 'bea'])
  expect(Object.keys(answer)).toEqual(['url', 'expires_at'])
  expect((await countersign(place.path, ['user', 'recover', 'nobody'])).code).toBe(1)
})
