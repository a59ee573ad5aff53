/** Folds a name or address to the spelling that uniqueness is judged by: NFKC, then lower case. */
export function foldedKey(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
