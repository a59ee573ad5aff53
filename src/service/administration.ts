import type { FastifyInstance } from 'fastify'
import { adminApi } from '../http/admin/api.ts'
import { describeApi } from '../http/admin/description.ts'
import type { HttpDeps } from '../http/deps.ts'
import { metricsRoute } from '../http/operations/metrics.ts'
import { liveStream } from '../http/stream/live-stream.ts'

/** Serves what administrators and their programs use: the API, its description, the live stream, the metrics. */
export async function administration(scope: FastifyInstance, deps: HttpDeps): Promise<void> {
  await describeApi(scope, deps.settings)
  const hub = await liveStream(scope, deps)
  metricsRoute(scope, deps, () => hub.size)
  await scope.register(async (api) => adminApi(api, deps))
}
