// What guessers try first, reduced to its letters: digits and punctuation around and between the words are removed
// before the comparison, so `password` also covers `Password2024!` and `password-password-1`.
const COMMON_WORDS = new Set(
  `abc abcd abcde abcdef abcdefg abcdefgh access account admin administrator adobe alpha america amanda andrea andrew angel
  anthony apple april arsenal asd asdf asdfg asdfgh asdfghjkl ashley august austin autumn azerty azertyuiop babygirl
  bailey banana baseball basketball batman beautiful biteme blink blue booboo buster butterfly change changeme charlie
  cheese chelsea chicken chocolate coffee computer cookie corvette dallas daniel database december default demo diamond
  dragon edc eagles enter falcon family february ferrari first flower football freedom friday friend friends fuck
  fuckyou gateway george ginger god golden google guest hallo hammer hannah harley heaven hello hockey hunter
  iceman iloveu iloveyou internet jackson january jasmine jennifer jessica jesus jordan joshua july june justin killer
  killme letme letmein letmeinnow liverpool login london love lovely loveme loveyou lucky maggie manager march marina
  master matrix matthew maverick may mercedes merlin michael michelle mickey midnight monday money monkey morning mother
  muffin murphy mustang myspace mypassword naruto newpassword nicole nintendo november nothing october office oliver
  orange pass passphrase passwd password passwords passwort patrick peanut pepper pikachu please pokemon power
  princess private purple pw pwd qaz qazwsx qazwsxedc qwe qwer qwert qwerty qwertyuiop qwertz qwertzuiop rainbow
  ranger red richard robert rfv rockyou root samantha samsung saturday secret secure security september server service
  shadow silver slipknot snoopy soccer sophie spring spiderman startrek starwars steelers sterling summer sunday
  sunshine super superman superuser support sweet sysadmin system taylor temp temporary test tester testing testtest
  tgb thomas thunder thursday tigger tinkerbell toor trustno trustnoone tuesday ujm unknown user username victoria
  wednesday welcome welcomeback whatever william winner winter wizard wsx xxx yankees yellow yhn your zaq zxc zxcv zxcvb
  zxcvbn zxcvbnm a i is me my the this you`.split(/\s+/),
)
const LONGEST_WORD = Math.max(...[...COMMON_WORDS].map((word) => word.length))

const LOOKALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

/** Writes the usual digits and signs back as the letters that they replace: `p4$$w0rd` becomes `password`. */
export function withoutLookalikes(text: string): string {
  return text.replace(/[013457@$!]/g, (sign) => LOOKALIKES[sign] ?? sign)
}

/**
 * Tells whether a password is among the first that a guesser tries: common words with whatever digits and
 * signs, a short piece over and over, or runs along the alphabet or the digits. `password` is NFKC.
 */
export function isCommonPassword(password: string): boolean {
  const lower = password.toLowerCase()
  const core = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  const readings = [lower, withoutLookalikes(lower), withoutLookalikes(core)]
  if (readings.some((reading) => isMadeOfCommonWords(reading.replace(/\P{L}/gu, '')))) return true
  const characters = [...lower]
  return isPeriodic(characters) || isMadeOfRuns(characters)
}

function isMadeOfCommonWords(letters: string): boolean {
  if (letters === '') return false
  const reachable = [true]
  for (let end = 1; end <= letters.length; end += 1) {
    reachable[end] = false
    for (let start = Math.max(0, end - LONGEST_WORD); start < end && !reachable[end]; start += 1) {
      reachable[end] = reachable[start] === true && COMMON_WORDS.has(letters.slice(start, end))
    }
  }
  return reachable[letters.length] === true
}

function isPeriodic(characters: readonly string[]): boolean {
  return [1, 2, 3, 4].some(
    (period) =>
      characters.length >= 2 * period &&
      characters.every((character, index) => index < period || character === characters[index - period]),
  )
}

// Four characters a run on average: `12345678` and `aaaabbbbcccc` are, `1984 was a book` is not.
function isMadeOfRuns(characters: readonly string[]): boolean {
  let runs = 1
  let step: number | null = null
  for (let index = 1; index < characters.length; index += 1) {
    const next = stepBetween(characters[index - 1] ?? '', characters[index] ?? '')
    if (next !== null && (step === null || next === step)) {
      step = next
    } else {
      runs += 1
      step = null
    }
  }
  return runs * 4 <= characters.length
}

function stepBetween(before: string, after: string): number | null {
  if (before === '9' && after === '0') return 1
  if (before === '0' && after === '9') return -1
  const step = (after.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0)
  return Math.abs(step) <= 1 ? step : null
}
