/** How far a reaction has read the log, and how many events it gave up on. */
export interface ReactionStatus {
  name: string
  /** Whether this process runs it. */
  running: boolean
  lag: number
  parked: number
}
