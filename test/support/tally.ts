import type { AppDeps } from '../../src/service/app-deps.ts'

/** What was done since the last look: the work that can be heard in how long other requests take. */
export interface Work {
  hashes: number
  /** What the writer was handed: commands and writes of documents. */
  writes: number
  reads: number
  /** Mails rendered, sent or not. */
  mails: number
}

const READS = ['find', 'findByUid'] as const
const WRITES = [
  'upsert',
  'insertOnce',
  'consume',
  'take',
  'increment',
  'remove',
  'revokeByGrant',
  'revokeByAccount',
] as const

/** Counts the work that goes through the dependencies of an application. */
export class Tally {
  #work: Work = { hashes: 0, writes: 0, reads: 0, mails: 0 }

  /** Begins to count; give it to the application as `adapt`. */
  readonly adapt = (deps: AppDeps): AppDeps => {
    this.#count(deps.documents, READS, 'reads')
    this.#count(deps.documents, WRITES, 'writes')
    this.#count(deps.commands, ['submit'], 'writes')
    this.#count(deps.mail, ['send', 'rehearse'], 'mails')
    this.#count(deps.passwords, ['hash', 'verify'], 'hashes')
    return deps
  }

  /** Answers what was done since the last look. */
  look(): Work {
    const work = this.#work
    this.#work = { hashes: 0, writes: 0, reads: 0, mails: 0 }
    return work
  }

  #count<T extends object, K extends keyof T>(target: T, methods: readonly K[], what: keyof Work): void {
    for (const method of methods) {
      const real = (target[method] as (...given: unknown[]) => unknown).bind(target)
      const counted = (...given: unknown[]) => {
        this.#work[what] += 1
        return real(...given)
      }
      target[method] = counted as T[K]
    }
  }
}
