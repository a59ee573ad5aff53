import { inspect } from 'node:util'

const MASK = '[redacted]'

/** Holds a value that must never be printed: every conversion to text returns a mask. */
export class Secret<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** Returns the value; the one call that a review has to search for. */
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
