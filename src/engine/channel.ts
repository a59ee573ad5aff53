import type { MessagePort, Worker } from 'node:worker_threads'
import type { CommandGateway, CommandInput, CommandOutcomeOf, CommandType } from '../commands/catalogue.ts'
import type { Answer, CommandEnvelope } from '../commands/definition.ts'
import { type PlainError, revivedError } from '../kernel/plain-error.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { PendingAnswer } from './batch.ts'
import { type CheckedCommand, checkCommand } from './decide.ts'

/** A piece of work for the writer's thread, with the number that its answer carries. */
export type NumberedWork = { number: number } & ({ command: CheckedCommand } | { operation: unknown })

/** The answer to the work with that number. */
export type NumberedAnswer = { number: number } & ({ value: unknown } | PlainError)

/**
 * The message to the writer's thread: many pieces of work as JSON text. Text crosses threads in a third of the time
 * that objects take.
 */
export interface WorkMessage {
  work: string
}

/** The message back: the answers of one batch as JSON text, and whether the log grew. */
export interface AnswerMessage {
  answers: string
  grown: boolean
}

/** Sends work to an engine in another thread. All work of one turn of the event loop travels in one message. */
export class EngineChannel implements CommandGateway {
  readonly #port: Pick<MessagePort | Worker, 'postMessage'>
  readonly #queueLimit: number
  readonly #pending = new Map<number, PendingAnswer>()
  #outgoing: NumberedWork[] = []
  #next = 0
  #broken: Refusal | null = null

  /** @param queueLimit how many calls may wait for an answer; further ones are refused with `overloaded`. */
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

  /** Passes the answers of a batch on to their callers. */
  receive(answers: string): void {
    for (const answer of JSON.parse(answers) as NumberedAnswer[]) {
      const pending = this.#pending.get(answer.number)
      this.#pending.delete(answer.number)
      if ('value' in answer) pending?.resolve(answer.value)
      else pending?.reject(revivedError(answer))
    }
  }

  /** Refuses all waiting calls because the writer is gone: whether their work was done is not known. */
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
      // Not a microtask: several steps of one request, and the requests of others meanwhile, become one batch.
      if (this.#outgoing.length === 1) setImmediate(() => this.#flush())
    })
  }

  #flush(): void {
    const work = this.#outgoing
    this.#outgoing = []
    this.#port.postMessage({ work: JSON.stringify(work) } satisfies WorkMessage)
  }
}
