import type { IncomingMessage, ServerResponse } from 'node:http'
import { Provider } from 'oidc-provider'
import { randomToken } from '../kernel/random.ts'
import type { OidcDeps } from './deps.ts'
import { createInteractions, type Interactions } from './interactions.ts'
import { rotateDueKeys } from './keys/key-rotation.ts'
import { keySetVersion, loadKeySet } from './keys/signing-keys.ts'
import { type Documents, prepareDocuments, sendDocument } from './provider/prepared-documents.ts'
import { createProvider } from './provider/provider.ts'
import { createTokenReader } from './token-reader.ts'

/** How often it is looked whether a signing key is due to come into use or to go, in milliseconds. */
const ROTATION_CHECK_INTERVAL = 60_000

/** The provider, as the routes and the pages use it. */
export interface Oidc {
  /** Answers a request to one of the provider's addresses, with the id that it is logged with and where it came from. */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    facts: { requestId: string; address: string },
  ): Promise<void>
  /** Sends a document that is ready and up to date, if that is what a request is for; answers whether it did. */
  sendPrepared(request: IncomingMessage, response: ServerResponse): boolean
  readToken: ReturnType<typeof createTokenReader>
  interactions: Interactions
  close(): void
}

/** Makes the provider. There are signing keys when it resolves: on the first start they are made. */
export async function createOidc(deps: OidcDeps): Promise<Oidc> {
  const { keys, views, watch } = deps
  const cookieKey = Buffer.from(await keys.ensureSecret('cookie-key', Buffer.from(randomToken())))
  const facts = new WeakMap<IncomingMessage, { requestId: string; address: string }>()
  const factsHere = () => (Provider.ctx ? (facts.get(Provider.ctx.req) ?? null) : null)
  const requestFacts = {
    requestId: () => factsHere()?.requestId ?? null,
    address: () => factsHere()?.address ?? null,
  }

  const build = async (version: string) => {
    const signing = await loadKeySet(deps)
    const provider = createProvider(deps, { signing, cookies: [cookieKey] }, requestFacts)
    const callback = provider.callback()
    return { version, provider, callback, documents: await prepareDocuments(callback) }
  }
  await rotateDueKeys(deps)
  let generation = watch.generation
  let current = build(keySetVersion(views.signingKeys.all()))
  /** What can be sent at once; nothing while it may be out of date. */
  let documents: Documents | null = (await current).documents

  /** Gives the provider with the keys of this moment: another one than before when they have changed. */
  const provider = async () => {
    if (watch.generation !== generation) {
      documents = null
      generation = watch.generation
      const version = keySetVersion(views.signingKeys.all())
      current = current.then(async (built) => {
        if (built.version === version) return built
        return build(version).catch((error: unknown) => {
          // Without its new keys the provider of before goes on; the next change of the log is another chance.
          deps.report(error)
          return built
        })
      })
    }
    const asked = current
    const built = await asked
    if (asked === current) documents = built.documents
    return built
  }

  // A key that is withdrawn too early is gone.
  const careful = { ...deps, clock: deps.carefulTime ?? deps.clock }
  const timer = setInterval(() => rotateDueKeys(careful).catch(deps.report), ROTATION_CHECK_INTERVAL)
  timer.unref()
  return {
    async handle(request, response, of) {
      const built = await provider()
      if (sendDocument(built.documents, request, response)) return
      facts.set(request, of)
      await built.callback(request, response)
    },
    sendPrepared: (request, response) =>
      watch.generation === generation && documents !== null && sendDocument(documents, request, response),
    readToken: createTokenReader(deps),
    interactions: createInteractions(deps, async () => (await provider()).provider),
    close: () => clearInterval(timer),
  }
}
