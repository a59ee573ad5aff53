/** Folds a name or address to the form by which uniqueness is checked: NFKC, then lower case. */
export function foldedKey(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
