import { isIpHost } from '../kernel/domain-name.ts'
import type { Views } from '../projections/views.ts'

/** Lists what will not work because of the public address: for the start, and for doctor. */
export function issuerWarnings(
  issuer: string,
  { relyingPartyIds }: Pick<Views, 'relyingPartyIds'>,
): string[] {
  const { hostname } = new URL(issuer)
  const warnings = isIpHost(hostname)
    ? [`passkeys do not work at ${issuer}: browsers make none for an IP address; use a domain name`]
    : []
  // Skipped while the host has never changed, because it reads all passkeys.
  if (relyingPartyIds.all().every((rpId) => rpId === hostname)) return warnings
  for (const { rp_id, count } of relyingPartyIds.passkeys().filter((made) => made.rp_id !== hostname)) {
    const passkeys = count === 1 ? 'one passkey was' : `${count} passkeys were`
    warnings.push(
      `${passkeys} made for ${rp_id} and cannot be used at ${hostname}; their owners need another way in`,
    )
  }
  return warnings
}
