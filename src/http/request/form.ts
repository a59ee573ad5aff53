/** Reads a field of a posted form or a query; a field that is missing, or was sent twice, is empty. */
export function field(body: unknown, name: string): string {
  const value = member(body, name)
  return typeof value === 'string' ? value : ''
}

/** Reads a member of posted JSON, of any type. */
export function member(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null) return undefined
  return Object.getOwnPropertyDescriptor(body, name)?.value
}
