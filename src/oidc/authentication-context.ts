/** The ways to sign in, by how much they prove: a mailed link or code, a password, a passkey. */
export const ACR_VALUES = ['urn:countersign:acr:1', 'urn:countersign:acr:2', 'urn:countersign:acr:3'] as const

/** Says how a person signed in by the names of RFC 8176 §2. */
export function authenticationMethods(amr: readonly string[]): string[] {
  const names = new Set<string>()
  for (const method of amr) {
    if (method === 'passkey') {
      // A passkey proves possession of a key, and its unlocking that the person is there: two factors in one.
      for (const name of ['pop', 'user', 'mfa']) names.add(name)
    } else {
      names.add(method === 'pwd' ? 'pwd' : 'otp')
    }
  }
  return [...names]
}

/** Says how much the best of the ways in which a person signed in proves. */
export function authenticationContext(amr: readonly string[]): string {
  if (amr.includes('passkey')) return ACR_VALUES[2]
  return amr.includes('pwd') ? ACR_VALUES[1] : ACR_VALUES[0]
}

/** Tells whether a way to sign in proves as much as one of those asked for, or more. */
export function satisfies(acr: string | undefined, asked: readonly string[]): boolean {
  const level = (value: string) => ACR_VALUES.indexOf(value as (typeof ACR_VALUES)[number])
  const known = asked.map(level).filter((wanted) => wanted >= 0)
  return known.length === 0 || known.some((wanted) => level(acr ?? '') >= wanted)
}
