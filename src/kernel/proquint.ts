// Consonants and vowels carry four and two bits: a 16-bit word is con-vo-con-vo-con (Wilkerson, arXiv 0901.4016).
const CONSONANTS = 'bdfghjklmnprstvz'
const VOWELS = 'aiou'

function quintuplet(word: number): string {
  const consonant = (shift: number) => CONSONANTS.charAt((word >> shift) & 0xf)
  const vowel = (shift: number) => VOWELS.charAt((word >> shift) & 0x3)
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0)
}

/** Encodes a 32-bit unsigned number as two pronounceable quintuplets, `lusab-babad` for 127.0.0.1. */
export function encodeProquint(value: number): string {
  return `${quintuplet((value >>> 16) & 0xffff)}-${quintuplet(value & 0xffff)}`
}

/** Decodes two quintuplets to the 32-bit number, or `null` when the text is not a proquint. */
export function decodeProquint(text: string): number | null {
  if (
    !/^[bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz]-[bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz]$/.test(
      text,
    )
  ) {
    return null
  }
  let value = 0
  for (const letter of text.replace('-', '')) {
    const consonant = CONSONANTS.indexOf(letter)
    value = consonant >= 0 ? value * 16 + consonant : value * 4 + VOWELS.indexOf(letter)
  }
  return value
}
