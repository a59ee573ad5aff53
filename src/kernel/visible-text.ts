/**
 * Matches invisible characters: controls, direction marks, zero-width characters, tags, variation selectors, lone
 * surrogates. With them, two different names can look the same.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u
const ALL_HIDDEN = new RegExp(HIDDEN, 'gu')
/** Most texts match this and need no other check. */
const PLAIN = /^[\x20-\x7e]*$/

/** Removes all invisible characters from a text. */
export function visibleText(text: string): string {
  return text.replace(ALL_HIDDEN, '')
}

/** Finds a text with invisible characters in plain data; returns its path, or `null` when there is none. */
export function findHidden(value: unknown): (string | number)[] | null {
  if (typeof value === 'string') return !PLAIN.test(value) && HIDDEN.test(value) ? [] : null
  if (typeof value !== 'object' || value === null) return null
  // Runs for every command; `Object.entries` takes twice as long.
  for (const name in value) {
    const path = findHidden(value[name as keyof typeof value])
    if (path) return [Array.isArray(value) ? Number(name) : name, ...path]
  }
  return null
}
