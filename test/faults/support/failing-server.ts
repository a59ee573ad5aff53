import { expect } from 'vitest'
import { verifyChain } from '../../../src/log/verify.ts'
import { openWriter } from '../../../src/storage/open-writer.ts'
import { differenceFromLog } from '../../support/fresh-fold.ts'
import { filesIn } from '../../support/installation.ts'
import { type Child, startChild } from './child.ts'
import type { ServerOrder, ServerReport, ServerTask } from './server-child.ts'

type Kind<K extends ServerReport['kind']> = Extract<ServerReport, { kind: K }>

/** A server under load in a process of its own, whose disk a test makes fail. */
export class FailingServer {
  readonly #child: Child<ServerReport>
  readonly #directory: string

  constructor(directory: string, env: Record<string, string> = {}) {
    this.#directory = directory
    const task: ServerTask = { directory, callers: 16 }
    this.#child = startChild<ServerReport>('server-child.ts', task, env)
  }

  all<K extends ServerReport['kind']>(kind: K): Kind<K>[] {
    return this.#child.messages.filter((message): message is Kind<K> => message.kind === kind)
  }

  /** Which codes callers were refused with, and how often. */
  refusals(): Record<string, number> {
    const codes: Record<string, number> = {}
    for (const { code, text } of this.all('refused')) {
      expect(code, text).not.toBe('unexpected')
      codes[code] = (codes[code] ?? 0) + 1
    }
    return codes
  }

  /** Waits until `count` more messages of a kind have come than there are now. */
  async more(kind: ServerReport['kind'], count = 1): Promise<void> {
    const wanted = this.all(kind as 'ready').length + count
    await this.#child.message(() => this.all(kind as 'ready').length >= wanted, 'new')
  }

  /** Asks a reader in the server for its state. */
  async state(): Promise<Kind<'state'>> {
    const next = this.more('state')
    this.#child.process.send('state' satisfies ServerOrder)
    await next
    return this.all('state').at(-1) as Kind<'state'>
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    this.#child.process.send('stop' satisfies ServerOrder)
    expect(await this.#child.ended, this.#child.output()).toBe(0)
  }

  /** Ends it as a failure of the machine would. */
  async kill(): Promise<void> {
    this.#child.process.kill('SIGKILL')
    await this.#child.ended
  }

  /** Starts again on the same files: every acknowledged command must be there once, and everything sound. */
  async expectWholeAfterRestart(): Promise<{ acknowledged: number; kept: number }> {
    const writer = await openWriter(filesIn(this.#directory), () => undefined)
    const { db, log, keys } = writer.installation
    try {
      const kept = db.prepare('SELECT id FROM commands').pluck().all() as string[]
      const acknowledged = this.all('acknowledged').map(({ id }) => id)
      expect(new Set(kept).size).toBe(kept.length)
      expect(acknowledged.filter((id) => !kept.includes(id))).toEqual([])
      expect(verifyChain(log)).toEqual(log.head())
      expect(await differenceFromLog(db, log, keys)).toBeNull()
      return { acknowledged: acknowledged.length, kept: kept.length }
    } finally {
      await writer.close()
    }
  }
}
