import { createHash } from 'node:crypto'
import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { DISCOVERY_PATHS, ENDPOINTS } from './routes.ts'
import { JWKS_MAX_AGE } from './security-headers.ts'

/** The provider's documents that are the same for every request. */
const PATHS: readonly string[] = [...DISCOVERY_PATHS, ENDPOINTS.jwks]

/** A document as it is sent, with all headers that do not depend on the request. */
interface Document {
  body: Buffer
  etag: string
  headers: readonly string[]
}

/** The documents of one provider, by their paths. */
export type Documents = ReadonlyMap<string, Document>

/**
 * Makes the documents of a provider once, to be sent until it is replaced: by default it makes them again for every
 * request.
 *
 * @throws Error when the provider answers with anything but a document.
 */
export async function prepareDocuments(callback: RequestListener): Promise<Documents> {
  const entries = await Promise.all(PATHS.map(async (path) => [path, await made(callback, path)] as const))
  return new Map(entries)
}

/** Answers a plain read of a document; `false` for every other request. */
export function sendDocument(
  documents: Documents,
  { method, url = '', headers }: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  const query = url.indexOf('?')
  const document = documents.get(query < 0 ? url : url.slice(0, query))
  if (!document) return false
  // As the provider does: any page may read it.
  const own = [...document.headers, 'Access-Control-Allow-Origin', headers.origin ?? '*']
  if (isCurrentCopy(headers['if-none-match'], document.etag)) {
    response.writeHead(304, own).end()
    return true
  }
  own.push('Content-Length', String(document.body.length))
  response.writeHead(200, own).end(method === 'HEAD' ? undefined : document.body)
  return true
}

async function made(callback: RequestListener, path: string): Promise<Document> {
  const request = new IncomingMessage(new Socket())
  request.method = 'GET'
  request.url = path
  const response = new ServerResponse(request)
  const body = await new Promise<Buffer>((resolve) => {
    response.end = ((chunk: string | Buffer) => {
      resolve(Buffer.from(chunk))
      return response
    }) as typeof response.end
    callback(request, response)
  })
  if (response.statusCode !== 200)
    throw new Error(`The provider answered ${path} with ${response.statusCode}`)
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
  response.removeHeader('content-length')
  response.removeHeader('access-control-allow-origin')
  response.setHeader('cache-control', `public, max-age=${JWKS_MAX_AGE}`)
  response.setHeader('etag', etag)
  const headers = response.getHeaderNames().flatMap((name) => [name, String(response.getHeader(name))])
  return { body, etag, headers }
}

/** Compares weakly with any ETag of a list, as RFC 9110 §13.1.2 says for `If-None-Match`. */
function isCurrentCopy(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false
  return given.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')))
}
