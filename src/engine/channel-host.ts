import type { MessagePort } from 'node:worker_threads'
import { plainError } from '../kernel/plain-error.ts'
import type { AnswerMessage, NumberedAnswer, NumberedWork, WorkMessage } from './channel.ts'
import type { Engine } from './engine.ts'

/** Serves an engine over a message port. Answers that are ready at the same time go back in one message. */
export class ChannelHost {
  readonly #port: Pick<MessagePort, 'postMessage'>
  readonly #engine: Engine
  #answers: NumberedAnswer[] = []
  #grown = false

  constructor(port: Pick<MessagePort, 'postMessage'>, engine: Engine) {
    this.#port = port
    this.#engine = engine
  }

  receive(message: WorkMessage): void {
    for (const { number, ...work } of JSON.parse(message.work) as NumberedWork[]) {
      const done =
        'command' in work ? this.#engine.submitChecked(work.command) : this.#engine.write(work.operation)
      done.then(
        (value) => this.#answer({ number, value }),
        (error: unknown) => this.#answer({ number, ...plainError(error) }),
      )
    }
  }

  /** Notes that the log grew, so that readers are woken together with the answers of the batch. */
  grown(): void {
    this.#grown = true
    if (this.#answers.length === 0) queueMicrotask(() => this.#flush())
  }

  #answer(answer: NumberedAnswer): void {
    this.#answers.push(answer)
    if (this.#answers.length === 1) queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    if (this.#answers.length === 0 && !this.#grown) return
    const message: AnswerMessage = { answers: JSON.stringify(this.#answers), grown: this.#grown }
    this.#answers = []
    this.#grown = false
    this.#port.postMessage(message)
  }
}
