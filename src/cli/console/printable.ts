/** Matches characters that control a terminal instead of being shown: controls, and those that change text direction. */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu

const hex = (unit: number) => unit.toString(16).padStart(4, '0')

/** Escapes a text so that a terminal executes none of it: an escape character becomes `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`)
}

/** Writes JSON that is equally safe to print, with JSON's own escapes. */
export function printableJson(value: unknown, indent?: number): string {
  const spell = (found: string) =>
    Array.from({ length: found.length }, (_, at) => `\\u${hex(found.charCodeAt(at))}`).join('')
  return JSON.stringify(value, null, indent)
    .split('\n')
    .map((line) => line.replace(CONTROLS, spell))
    .join('\n')
}
