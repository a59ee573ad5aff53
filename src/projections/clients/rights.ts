/** A right of a client, and the sequence number of the event that gave it. */
type Held = readonly [name: string, since: number]

/** Since when a client holds each of its rights, as sequence numbers of events. */
export interface ClientRights {
  /** The registration itself. */
  client: number
  /** The current secret; for a public client its registration. */
  secret: number
  grants: readonly Held[]
  scopes: readonly Held[]
  redirects: readonly Held[]
}

interface Registration {
  grant_types: readonly string[]
  scope: string
  redirect_uris: readonly string[]
}

/** Lists the rights of a client that was registered by the event `sequence`. */
export function firstRights(registration: Registration, sequence: number): ClientRights {
  const none = { client: sequence, secret: sequence, grants: [], scopes: [], redirects: [] }
  return changedRights(none, registration, sequence)
}

/** Lists the rights after a change: old ones keep their number, new ones get `sequence`. */
export function changedRights(
  before: ClientRights,
  { grant_types, scope, redirect_uris }: Partial<Registration>,
  sequence: number,
): ClientRights {
  const since = (held: readonly Held[], names: readonly string[] | undefined): readonly Held[] =>
    names?.map((name): Held => [name, held.find(([known]) => known === name)?.[1] ?? sequence]) ?? held
  return {
    ...before,
    grants: since(before.grants, grant_types),
    scopes: since(before.scopes, scope?.split(' ')),
    redirects: since(before.redirects, redirect_uris),
  }
}

/** Tells whether a right was held at an event and without interruption since. */
export function heldSince(held: readonly Held[], name: string, sequence: number): boolean {
  return held.some(([known, since]) => known === name && since <= sequence)
}
