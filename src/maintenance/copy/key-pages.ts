/**
 * Divides key ids into pages of about the given size. Keys of one batch are stored together, so a page ends only where a
 * batch ends.
 *
 * @param ids in order, so that the keys of a batch are adjacent.
 * @param batchOf names the batch of a key.
 */
export function* keyPages(
  ids: readonly string[],
  size: number,
  batchOf: (id: string) => string,
): Generator<string[]> {
  let page: string[] = []
  let batch: string | null = null
  for (const id of ids) {
    if (page.length >= size && batchOf(id) !== batch) {
      yield page
      page = []
    }
    batch = batchOf(id)
    page.push(id)
  }
  if (page.length > 0) yield page
}
