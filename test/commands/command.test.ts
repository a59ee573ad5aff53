import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { COMMANDS, commandDefinition } from '../../src/commands/catalogue.ts'
import { command, NO_ORIGIN, SYSTEM_ACTOR } from '../../src/commands/command.ts'

const folder = fileURLToPath(new URL('../../src/commands/', import.meta.url))

describe('command', () => {
  it('makes an envelope with an id of its own and an empty origin', () => {
    const first = command('remove-client', { client_id: 'app' }, SYSTEM_ACTOR)
    const second = command('remove-client', { client_id: 'app' }, SYSTEM_ACTOR)
    expect(first).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/),
      type: 'remove-client',
      input: { client_id: 'app' },
      actor: { kind: 'system', id: 'system' },
      origin: { client: null, request: null, session: null, flow: null, correlation: null, causation: null },
    })
    expect(second.id).not.toBe(first.id)
  })

  it('keeps the origin it is given', () => {
    const origin = { ...NO_ORIGIN, request: 'r-1' }
    expect(command('purge-magic-links', {}, SYSTEM_ACTOR, origin).origin).toEqual(origin)
  })

  it('takes only inputs that the command knows', () => {
    // @ts-expect-error There is no such command.
    command('promote-user', {}, SYSTEM_ACTOR)
    // @ts-expect-error A client is removed by its id.
    command('remove-client', { id: 'app' }, SYSTEM_ACTOR)
    // @ts-expect-error A count is a number.
    command('purge-magic-links', { limit: '5' }, SYSTEM_ACTOR)
  })
})

/** Files that were renamed when logs already held the name of their command. */
const STORED_NAMES: Readonly<Record<string, string>> = { 'record-throttling': 'throttle-sign-in' }

describe('the catalogue of commands', () => {
  it('names each command once, like the file it is in, and forgets none', () => {
    const files = globSync('**/*.ts', { cwd: folder })
      .filter((file) => /^export const \w+ = defineCommand\(/m.test(readFileSync(`${folder}${file}`, 'utf8')))
      .map((file) => basename(file, '.ts'))
      .map((name) => STORED_NAMES[name] ?? name)
    expect(COMMANDS.map(({ type }) => type).sort()).toEqual(files.sort())
  })

  it('finds a command by name', () => {
    expect(commandDefinition('erase-user')).toBe(COMMANDS.find(({ type }) => type === 'erase-user'))
    expect(commandDefinition('promote-user')).toBeUndefined()
  })
})
