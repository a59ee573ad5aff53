import type { FastifyInstance } from 'fastify'
import { adminApi } from './admin/api.ts'
import { describeApi } from './admin/description.ts'
import type { HttpDeps } from './deps.ts'
import { metricsRoute } from './metrics.ts'
import { liveStream } from './stream/live-stream.ts'

/** Serves what administrators and their programs use: the API, its description, the live stream, the metrics. */
export async function administration(scope: FastifyInstance, deps: HttpDeps): Promise<void> {
  await describeApi(scope, deps.settings)
  const hub = await liveStream(scope, deps)
  metricsRoute(scope, deps, () => hub.size)
  await scope.register(async (api) => adminApi(api, deps))
}
