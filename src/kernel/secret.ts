import { inspect } from 'node:util'

const MASK = '[redacted]'

/** Holds a value that must never be printed: every way of turning it into text gives a mask. */
export class Secret<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** Gives the value out; the one call a review has to search for. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [inspect.custom](): string {
    return MASK
  }
}
