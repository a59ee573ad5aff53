import type { HttpDeps } from './deps.ts'
import type { Throttle } from './throttle.ts'

/** What the pages stand on. */
export type PageDeps = HttpDeps & { throttle: Throttle }
