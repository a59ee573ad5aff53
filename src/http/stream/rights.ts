/** The right by which a stream was opened. */
export interface Right {
  /** The same for all streams that were opened with the same proof. */
  key: string
  /** Checks whether the caller still has it. */
  holds(): Promise<boolean>
}

/** After so many checks, other work gets a turn. */
const TURN = 32

/** Checks the right of every member again, once for each proof, and reports those who lost it. */
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
