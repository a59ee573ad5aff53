/**
 * Matches what a text can hold and nobody sees: controls, marks that turn the direction of what follows, characters of
 * no width, tags, variation selectors, halves of characters. With them two names look alike, or one looks like another.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u
const ALL_HIDDEN = new RegExp(HIDDEN, 'gu')
/** Most texts need no other look. */
const PLAIN = /^[\x20-\x7e]*$/

/** Takes everything out of a text that nobody sees. */
export function visibleText(text: string): string {
  return text.replace(ALL_HIDDEN, '')
}

/** Finds a text with hidden characters in plain data; answers the way to it, or `null` when there is none. */
export function findHidden(value: unknown): (string | number)[] | null {
  if (typeof value === 'string') return !PLAIN.test(value) && HIDDEN.test(value) ? [] : null
  if (typeof value !== 'object' || value === null) return null
  // Every command comes by here; `Object.entries` takes twice as long.
  for (const name in value) {
    const path = findHidden(value[name as keyof typeof value])
    if (path) return [Array.isArray(value) ? Number(name) : name, ...path]
  }
  return null
}
