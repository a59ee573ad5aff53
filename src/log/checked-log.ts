import { emptyHead, follow } from '../events/chain.ts'
import type { Commit, Head } from '../events/commit.ts'
import { StartRefused } from '../kernel/start-refused.ts'
import type { WalkableLog } from './verify.ts'

/** Reads a log in order and refuses a commit that does not follow from the one before. */
export class CheckedLog implements WalkableLog {
  readonly id: string
  readonly #source: WalkableLog
  #head: Head

  /** @param from where to begin; by default at the beginning of the log. */
  constructor(source: WalkableLog, from: Head = emptyHead(source.id)) {
    this.id = source.id
    this.#source = source
    this.#head = from
  }

  /** The head after the last commit that was read. */
  get head(): Head {
    return this.#head
  }

  /** @throws StartRefused with the position of the first commit that is damaged. */
  commitsAfter(position: number, limit: number): Commit[] {
    const commits = this.#source.commitsAfter(position, limit)
    for (const commit of commits) {
      const next = follow(this.#head, commit)
      if ('fault' in next) {
        throw new StartRefused(`The log is damaged at position ${commit.position}: ${next.fault}`)
      }
      this.#head = next
    }
    return commits
  }
}
