/** The right by which a stream was opened. */
export interface Right {
  /** The same for all streams that were opened with the same proof. */
  key: string
  /** Asks anew whether it is still held. */
  holds(): Promise<boolean>
}

/** After so many questions, others get a turn. */
const TURN = 32

/** Asks anew for the right of every member, of those with the same proof once, and names those who lost it. */
export async function reviewRights<M extends { right: Right }>(
  members: Iterable<M>,
  onLost: (member: M) => void,
): Promise<void> {
  const known = new Map<string, boolean>()
  for (const member of [...members]) {
    const { key } = member.right
    const held = known.get(key) ?? (await member.right.holds())
    if (!known.has(key) && known.set(key, held).size % TURN === 0) await new Promise(setImmediate)
    if (!held) onLost(member)
  }
}
