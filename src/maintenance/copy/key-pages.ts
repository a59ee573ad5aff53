/**
 * Divides the ids of keys into pages of about a size. Keys that were made as one batch are kept as one, so a page
 * ends only where a batch does.
 *
 * @param ids in their order, in which the keys of a batch follow one another.
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
