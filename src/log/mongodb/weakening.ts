/** Options of a connection string that could weaken what an acknowledgement means; they are ignored. */
export const WEAKENING: ReadonlySet<string> = new Set(
  [
    'w',
    'journal',
    'wtimeoutMS',
    'wtimeout',
    'readPreference',
    'readPreferenceTags',
    'maxStalenessSeconds',
    'readConcernLevel',
    'retryWrites',
    'retryReads',
    'timeoutMS',
  ].map((name) => name.toLowerCase()),
)

/** Removes options from a connection string, by their names in lower case. */
export function withoutOptions(uri: string, names: ReadonlySet<string>): string {
  const question = uri.indexOf('?')
  if (question < 0) return uri
  const kept = uri
    .slice(question + 1)
    .split('&')
    .filter((pair) => !names.has(decodeURIComponent(pair.split('=', 1)[0] ?? '').toLowerCase()))
  return kept.length === 0 ? uri.slice(0, question) : `${uri.slice(0, question)}?${kept.join('&')}`
}
