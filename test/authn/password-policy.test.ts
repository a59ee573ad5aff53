import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  findPasswordFault,
  type PasswordContext,
  PasswordRefused,
  requireAcceptablePassword,
} from '../../src/authn/password-policy.ts'
import { PASSWORD_LENGTH } from '../../src/kernel/password-length.ts'

const alone: PasswordContext = {
  minimum: PASSWORD_LENGTH.alone,
  serviceName: 'Countersign',
  person: {
    username: 'jane.doe',
    email: 'j.smithers+shop@example.org',
    given_name: 'Žofie',
    family_name: 'Li',
  },
}
const withSecondFactor = { ...alone, minimum: PASSWORD_LENGTH.least }

describe('length', () => {
  it.each([
    ['vexed-umbra-ki', alone, 'too_short'],
    ['vexed-umbra-kin', alone, null],
    ['vx-umbr', withSecondFactor, 'too_short'],
    ['vx-umbra', withSecondFactor, null],
    ['', alone, 'too_short'],
  ])('of %j', (password, context, fault) => {
    expect(findPasswordFault(password, context)).toBe(fault)
  })

  it('counts code points after NFKC, neither bytes nor UTF-16 units nor what was typed', () => {
    expect(findPasswordFault('🐙🦑🦀🐚🐠🐡🦈', withSecondFactor)).toBe('too_short')
    expect(findPasswordFault('🐙🦑🦀🐚🐠🐡🦈🐳', withSecondFactor)).toBeNull()
    // Seven letters with seven combining accents compose to seven characters.
    expect(findPasswordFault('ńĺśźŕćǵ'.normalize('NFD'), withSecondFactor)).toBe('too_short')
    // One ligature is three letters.
    expect(findPasswordFault('vex-uﬃ', withSecondFactor)).toBeNull()
  })

  it('ends at 128 characters', () => {
    const long = (length: number) => 'vexed umbra kin '.repeat(9).slice(0, length)
    expect(findPasswordFault(long(128), alone)).toBeNull()
    expect(findPasswordFault(long(129), alone)).toBe('too_long')
    expect(findPasswordFault('ﷺ'.repeat(8), alone)).toBe('too_long')
    expect(findPasswordFault('x'.repeat(1 << 20), alone)).toBe('too_long')
  })
})

describe('characters', () => {
  it('may be anything, without composition rules', () => {
    for (const password of [
      'only lower case letters',
      '8391740264917358',
      'ВЗЛЁТНАЯ ПОЛОСА',
      'nul\0 in the middle',
    ]) {
      expect(findPasswordFault(password, alone)).toBeNull()
    }
  })

  it('must be Unicode: a lone surrogate cannot be hashed apart from another', () => {
    expect(findPasswordFault('vexed-umbra-kin\ud800', alone)).toBe('malformed')
    expect(findPasswordFault('\udc00vexed-umbra-kin', alone)).toBe('malformed')
  })
})

describe('the blocklist', () => {
  it.each([
    'password',
    'Password1',
    'p4$$w0rd!',
    'PASSWORD2024!!!!',
    'passwordpassword',
    'password-password-1',
    'ｐａｓｓｗｏｒｄ１２３４５６７',
    'qwertyuiopasdfghjkl',
    '1q2w3e4r5t6y7u8i9o0p',
    '1qaz2wsx3edc4rfv',
    'iloveyou-iloveyou',
    'Letmein123456789',
    'WelcomeAdmin2025',
    '123456789012345',
    '9876543210987654',
    '12345678123456789',
    'aaaaaaaaaaaaaaaa',
    'abcabcabcabcabca',
    'abcdefghijklmnop',
    '1111222233334444',
  ])('has %s', (password) => {
    expect(findPasswordFault(password, withSecondFactor)).toBe('too_common')
  })

  it.each([
    'correct horse battery staple',
    'welcome to the jungle',
    'passwords are tedious',
    '3141592653589793',
  ])('lets %s pass', (password) => {
    expect(findPasswordFault(password, alone)).toBeNull()
  })

  it.each(['my countersign code', 'C0unterSign-4-ever!', 'Ｃｏｕｎｔｅｒ-Ｓｉｇｎ umbra'])(
    'has the name of the service in %s',
    (password) => {
      expect(findPasswordFault(password, alone)).toBe('contains_service_name')
    },
  )

  it.each([
    'umbra JaneDoe kin',
    'JANE-DOE vexed um',
    'vexed j4n3d03 umbra',
    'j.smithers umbra',
    'ŽOFIE vexed umbra',
  ])('has the own data of the person in %s', (password) => {
    expect(findPasswordFault(password, alone)).toBe('contains_personal_data')
  })

  it('ignores data too short to mean anything, and data that is not known', () => {
    expect(findPasswordFault('vexed living umbra', alone)).toBeNull()
    const unknown = { ...alone, person: { username: null, email: '', given_name: null } }
    expect(findPasswordFault('umbra JaneDoe kin', unknown)).toBeNull()
  })

  it('finds a user name anywhere and however it is written', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.constantFrom('jane.doe', 'JANE.DOE', 'Jane Doe'),
        (before, after, name) => {
          const fault = findPasswordFault(`vexed${before}${name}${after}umbra`, alone)
          return fault === 'contains_personal_data' || fault === 'too_long'
        },
      ),
    )
  })
})

describe('the refusal', () => {
  it('tells the reason as a code and in words, without the password', () => {
    const cases = [
      ['too short', 'too_short', /at least 15/],
      ['x'.repeat(200), 'too_long', /at most 128/],
      ['passwordpassword', 'too_common', /first that a guesser tries/],
      ['my countersign code', 'contains_service_name', /name of this service/],
      ['umbra JaneDoe kin', 'contains_personal_data', /your user name/],
      ['vexed-umbra-kin\ud800', 'malformed', /broken characters/],
    ] as const
    for (const [password, fault, words] of cases) {
      let thrown: unknown
      try {
        requireAcceptablePassword(password, alone)
      } catch (error) {
        thrown = error
      }
      if (!(thrown instanceof PasswordRefused)) throw new Error(`${password} was accepted`)
      expect({ code: thrown.code, fault: thrown.fault }).toEqual({ code: 'invalid_input', fault })
      expect(thrown.message).toMatch(words)
      expect(thrown.message).not.toContain(password)
    }
    expect(() => requireAcceptablePassword('vexed-umbra-kin', alone)).not.toThrow()
  })
})
