/** Matches what steers a terminal instead of standing on it: controls, and what turns the direction of text. */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu

const hex = (unit: number) => unit.toString(16).padStart(4, '0')

/** Spells a text so that no terminal takes any of it for a command: `\u{1b}` in place of an escape. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`)
}

/** Writes JSON that is as safe to print; every such character has a spelling of its own in JSON. */
export function printableJson(value: unknown, indent?: number): string {
  const spell = (found: string) =>
    Array.from({ length: found.length }, (_, at) => `\\u${hex(found.charCodeAt(at))}`).join('')
  return JSON.stringify(value, null, indent)
    .split('\n')
    .map((line) => line.replace(CONTROLS, spell))
    .join('\n')
}
