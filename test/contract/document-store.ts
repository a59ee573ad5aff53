import { afterEach, beforeEach, describe } from 'vitest'
import { clockLaws } from './document-store-clocks.ts'
import { readingLaws } from './document-store-reading.ts'
import { removingLaws } from './document-store-removing.ts'
import { type DocumentStoreTest, type DocumentStoreUnderTest, MINUTE } from './document-store-under-test.ts'
import { winningLaws } from './document-store-winning.ts'

/** States the laws of `DocumentStore`, one per case; every back end runs them with a factory of its own. */
export function documentStoreContract(name: string, make: () => Promise<DocumentStoreUnderTest>): void {
  describe(`${name}: document store`, () => {
    let opened: DocumentStoreUnderTest
    const t: DocumentStoreTest = {
      get store() {
        return opened.store
      },
      now: () => opened.now(),
      soon: () => opened.now() + MINUTE,
      advance: (milliseconds) => opened.advance(milliseconds),
    }
    beforeEach(async () => {
      opened = await make()
    })
    afterEach(() => opened.close())

    readingLaws(t)
    winningLaws(t)
    removingLaws(t)
    clockLaws(t)
  })
}
