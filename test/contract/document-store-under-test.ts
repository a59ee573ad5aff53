import type { DocumentStore } from '../../src/documents/port.ts'

/** A fresh, empty store whose clock stands still until `advance` moves it by milliseconds. */
export interface DocumentStoreUnderTest {
  store: DocumentStore
  now(): number
  advance(milliseconds: number): void
  close(): Promise<void>
}

/** What the laws use: the store that is open for the running case, and an end one `MINUTE` from its now. */
export type DocumentStoreTest = Omit<DocumentStoreUnderTest, 'close'> & { soon(): number }

export const MINUTE = 60_000

/** Starts `count` calls at once and waits for all. */
export function times<T>(count: number, act: (n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => act(n)))
}
