/** Finds groups of files that import each other, directly or by way of others: one line per group. */
export function cyclesIn(arrows: readonly { file: string; target: string }[]): string[] {
  const targets = new Map<string, Set<string>>()
  for (const { file, target } of arrows) targets.set(file, (targets.get(file) ?? new Set()).add(target))
  const reach = new Map([...targets.keys()].map((file) => [file, reachableFrom(file, targets)]))
  const grouped = new Set<string>()
  const groups: string[] = []
  for (const [file, reached] of reach) {
    if (grouped.has(file) || !reached.has(file)) continue
    const group = [...reached].filter((other) => reach.get(other)?.has(file)).sort()
    for (const member of group) grouped.add(member)
    groups.push(group.join(' <-> '))
  }
  return groups
}

function reachableFrom(start: string, targets: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set<string>()
  const waiting = [start]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    for (const target of targets.get(file) ?? []) {
      if (reached.has(target)) continue
      reached.add(target)
      waiting.push(target)
    }
  }
  return reached
}
