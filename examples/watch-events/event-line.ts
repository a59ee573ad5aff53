/** The part of an event that the watcher shows. */
export interface WatchedEvent {
  sequence: number
  type: string
  at: string
  actor: { kind: string; id: string }
  subject: string | null
  data: Record<string, unknown>
}

/** Writes an event as one line for a terminal. */
export function eventLine({ sequence, at, type, actor, subject, data }: WatchedEvent): string {
  const parts = [
    String(sequence),
    at,
    type,
    `by ${actor.kind} ${actor.id}`,
    subject ?? '-',
    JSON.stringify(data),
  ]
  return parts.map(harmless).join('  ')
}

/** Takes the power out of texts that people chose: a terminal obeys control characters. */
function harmless(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}
