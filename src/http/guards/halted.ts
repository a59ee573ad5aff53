import { Refusal } from '../../kernel/refusal.ts'
import type { Check } from './guard.ts'

/** What says whether this node still works. */
export interface HaltDeps {
  /** Says what is wrong with this node at the moment, or `null`; a halted one must sign nobody in. */
  condition(): { halted: boolean } | null
}

/** Refuses everything but `/health` while this node cannot prove that its state is right. */
export function refuseWhileHalted({ condition }: HaltDeps): Check {
  return async (request) => {
    if (!condition()?.halted || request.routeOptions.url?.startsWith('/health')) return
    throw new Refusal('storage_failed', 'This node has stopped; its log says why')
  }
}
