import type { MessagePort, Worker } from 'node:worker_threads'
import type { CommandGateway, CommandInput, CommandOutcomeOf, CommandType } from '../commands/catalogue.ts'
import type { Answer, CommandEnvelope } from '../commands/definition.ts'
import { type PlainError, revivedError } from '../kernel/plain-error.ts'
import { Refusal } from '../kernel/refusal.ts'
import { type CheckedCommand, checkCommand } from './decide.ts'

/** A piece of work for the writer's thread, with a number to answer by. */
export type NumberedWork = { number: number } & ({ command: CheckedCommand } | { operation: unknown })

/** An answer to the work of that number. */
export type NumberedAnswer = { number: number } & ({ value: unknown } | PlainError)

/**
 * What goes to the writer's thread: JSON text of many pieces of work. Text crosses threads in a third of the time
 * that its objects take.
 */
export interface WorkMessage {
  work: string
}

/** What comes back: JSON text of the answers of one batch, and whether the log grew. */
export interface AnswerMessage {
  answers: string
  grown: boolean
}

interface Pending {
  resolve: (value: unknown) => void
  reject: (reason: unknown) => void
}

/** The way to an engine in another thread. What is submitted in one turn of the event loop travels together. */
export class EngineChannel implements CommandGateway {
  readonly #port: Pick<MessagePort | Worker, 'postMessage'>
  readonly #queueLimit: number
  readonly #pending = new Map<number, Pending>()
  #outgoing: NumberedWork[] = []
  #next = 0
  #broken: Refusal | null = null

  /** @param queueLimit how many may wait for an answer; beyond that callers are told `overloaded`. */
  constructor(port: Pick<MessagePort | Worker, 'postMessage'>, queueLimit = 10_000) {
    this.#port = port
    this.#queueLimit = queueLimit
  }

  async submit<T extends CommandType>(
    command: CommandEnvelope<T, CommandInput<T>>,
  ): Promise<Answer<CommandOutcomeOf<T>>> {
    return this.#send({ command: checkCommand(command) }) as Promise<Answer<CommandOutcomeOf<T>>>
  }

  /** Applies a write of the documents in the next batch. */
  write(operation: unknown): Promise<unknown> {
    return this.#send({ operation })
  }

  /** Takes in the answers of a batch. */
  receive(answers: string): void {
    for (const answer of JSON.parse(answers) as NumberedAnswer[]) {
      const pending = this.#pending.get(answer.number)
      this.#pending.delete(answer.number)
      if ('value' in answer) pending?.resolve(answer.value)
      else pending?.reject(revivedError(answer))
    }
  }

  /** Tells all who wait that the writer is gone: whether their work was done is not known. */
  fail(cause: unknown): void {
    this.#broken = new Refusal('storage_failed', 'The writer has stopped; the service must be restarted', {
      cause,
    })
    for (const { reject } of this.#pending.values()) {
      reject(new Refusal('outcome_unknown', 'The writer stopped before it answered', { cause }))
    }
    this.#pending.clear()
  }

  #send(work: { command: CheckedCommand } | { operation: unknown }): Promise<unknown> {
    if (this.#broken) return Promise.reject(this.#broken)
    if (this.#pending.size >= this.#queueLimit) {
      return Promise.reject(new Refusal('overloaded', 'Too many requests are waiting; try again'))
    }
    return new Promise((resolve, reject) => {
      const number = this.#next
      this.#next += 1
      this.#pending.set(number, { resolve, reject })
      this.#outgoing.push({ number, ...work })
      // Not a microtask: what one request does in several steps, and what others ask meanwhile, becomes one batch.
      if (this.#outgoing.length === 1) setImmediate(() => this.#flush())
    })
  }

  #flush(): void {
    const work = this.#outgoing
    this.#outgoing = []
    this.#port.postMessage({ work: JSON.stringify(work) } satisfies WorkMessage)
  }
}
