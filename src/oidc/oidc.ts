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

/** How often due rotation steps of the signing keys are looked for, in milliseconds. */
const ROTATION_CHECK_INTERVAL = 60_000

/** The provider, as the routes and the pages use it. */
export interface Oidc {
  /** Answers a request to one of the provider's addresses; `facts` has its id in the log and its address. */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    facts: { requestId: string; address: string },
  ): Promise<void>
  /** Sends a prepared document that is up to date, when the request is for one; returns whether it did. */
  sendPrepared(request: IncomingMessage, response: ServerResponse): boolean
  readToken: ReturnType<typeof createTokenReader>
  interactions: Interactions
  close(): void
}

/** Makes the provider, and on the first start its signing keys. */
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
  /** The prepared documents; `null` while they may be out of date. */
  let documents: Documents | null = (await current).documents

  /** Returns the provider with the current keys; a new one when they have changed. */
  const provider = async () => {
    if (watch.generation !== generation) {
      documents = null
      generation = watch.generation
      const version = keySetVersion(views.signingKeys.all())
      current = current.then(async (built) => {
        if (built.version === version) return built
        return build(version).catch((error: unknown) => {
          // The old provider continues without the new keys; the next change of the log tries again.
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

  // A retired key cannot be restored, so the careful clock decides.
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
