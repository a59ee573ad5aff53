import { CommanderError } from 'commander'
import { Refusal } from '../../kernel/refusal.ts'
import { StartRefused } from '../../kernel/start-refused.ts'
import { SettingsError } from '../../settings/faults.ts'
import { printable } from './printable.ts'

/** How a failed process ends: its exit code, and its message, `null` when it is already printed. */
export interface Failure {
  exitCode: number
  message: string | null
}

/** Describes an error to the operator in one message. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CommanderError) return { exitCode: error.exitCode, message: null }
  if (error instanceof SettingsError) return { exitCode: error.exitCode, message: error.message }
  if (error instanceof StartRefused) return { exitCode: error.exitCode, message: oneLine(error.message) }
  if (error instanceof Refusal) return { exitCode: 1, message: `${error.code}: ${oneLine(error.message)}` }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { exitCode: 1, message: oneLine(`unexpected ${text}`) }
}

// The messages of schemas have several lines.
function oneLine(text: string): string {
  return text
    .split(/\s*\n\s*/)
    .map(printable)
    .join(' ')
}
