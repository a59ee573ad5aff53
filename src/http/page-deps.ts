import type { HttpDeps } from './deps.ts'
import type { Throttle } from './guards/throttle.ts'

/** What the pages stand on. */
export type PageDeps = HttpDeps & { throttle: Throttle }
