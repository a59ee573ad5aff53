/** The exit code when the settings are wrong (`EX_CONFIG` of sysexits.h). */
export const EXIT_CONFIG = 78

/** Replaces a value that must not be printed. */
export const MASK = '[redacted]'

/** A fault of one setting. */
export interface SettingFault {
  variable: string
  problem: string
  /** The given value, safe to print; `null` when there was none. */
  given: string | null
  example: string | null
}

/** The settings are wrong. Carries every fault, so that the operator can correct them all at once. */
export class SettingsError extends Error {
  readonly faults: readonly SettingFault[]
  readonly exitCode = EXIT_CONFIG

  constructor(faults: readonly SettingFault[]) {
    const count = faults.length === 1 ? 'One setting is wrong' : `${faults.length} settings are wrong`
    super([`${count}; nothing was started.`, ...faults.map(faultText)].join('\n'))
    this.name = 'SettingsError'
    this.faults = faults
  }
}

function faultText({ variable, problem, given, example }: SettingFault): string {
  const lines = [`  ${printable(variable)}: ${problem}`]
  if (given !== null) lines.push(`    given:   ${given}`)
  if (example !== null) lines.push(`    example: ${example}`)
  return lines.join('\n')
}

/** Makes a given value safe to print: without passwords and control characters, and cut to a length. */
export function printable(value: string): string {
  const shown = value.replace(/\/\/\S*@/g, `//${MASK}@`).replace(/\p{C}/gu, '\u{fffd}')
  return shown.length > 120 ? `${shown.slice(0, 120)}…` : shown
}

/** Finds which of `names` the given name most likely misspells, or `null` when none is near. */
export function nearestName(name: string, names: readonly string[]): string | null {
  let nearest: string | null = null
  let least = Math.max(2, Math.floor(name.length / 4)) + 1
  for (const candidate of names) {
    const distance = editDistance(name, candidate)
    if (distance < least) {
      least = distance
      nearest = candidate
    }
  }
  return nearest
}

/** Counts the insertions, deletions and replacements between two texts (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [at, letter] of [...from].entries()) {
    const next = [at + 1]
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
