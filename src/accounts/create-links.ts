import { MagicLinkService } from '../authn/magic-link-service.ts'
import type { Clock } from '../kernel/clock.ts'
import { systemRandom } from '../kernel/random.ts'
import { Secret } from '../kernel/secret.ts'

/** Where the key of the typed codes is kept. */
interface CodeKeyStore {
  /** Reads a secret of the installation; the first to ask makes it. */
  ensureSecret(name: string, value: Uint8Array): Promise<Uint8Array>
}

/** Makes the service of one-time links, as the server and the command line both use it. */
export async function createLinks(keys: CodeKeyStore, clock: Clock): Promise<MagicLinkService> {
  const codeKey = new Secret(await keys.ensureSecret('link-code-key', systemRandom(32)))
  return new MagicLinkService({ clock, random: systemRandom, codeKey })
}
