/** The authentication contexts, from weak to strong: a mailed link or code, a password, a passkey. */
export const ACR_VALUES = ['urn:countersign:acr:1', 'urn:countersign:acr:2', 'urn:countersign:acr:3'] as const

/** Names how a person signed in, by RFC 8176 §2. */
export function authenticationMethods(amr: readonly string[]): string[] {
  const names = new Set<string>()
  for (const method of amr) {
    if (method === 'passkey') {
      // A passkey proves possession of a key, and unlocking it verifies the user: two factors in one.
      for (const name of ['pop', 'user', 'mfa']) names.add(name)
    } else {
      names.add(method === 'pwd' ? 'pwd' : 'otp')
    }
  }
  return [...names]
}

/** Gives the context of the strongest method by which a person signed in. */
export function authenticationContext(amr: readonly string[]): string {
  if (amr.includes('passkey')) return ACR_VALUES[2]
  return amr.includes('pwd') ? ACR_VALUES[1] : ACR_VALUES[0]
}

/** Tells whether a context is at least as strong as one of those asked for. */
export function satisfies(acr: string | undefined, asked: readonly string[]): boolean {
  const level = (value: string) => ACR_VALUES.indexOf(value as (typeof ACR_VALUES)[number])
  const known = asked.map(level).filter((wanted) => wanted >= 0)
  return known.length === 0 || known.some((wanted) => level(acr ?? '') >= wanted)
}
