import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeProquint, encodeProquint } from '../../src/kernel/proquint.ts'

const address = (text: string) => text.split('.').reduce((value, part) => value * 256 + Number(part), 0)

describe('proquints', () => {
  // The examples of the paper that defines them (Wilkerson, arXiv 0901.4016).
  it.each([
    ['127.0.0.1', 'lusab-babad'],
    ['63.84.220.193', 'gutih-tugad'],
    ['63.118.7.35', 'gutuk-bisog'],
    ['140.98.193.141', 'mudof-sakat'],
    ['64.255.6.200', 'haguz-biram'],
    ['128.30.52.45', 'mabiv-gibot'],
    ['147.67.119.2', 'natag-lisaf'],
    ['212.58.253.68', 'tibup-zujah'],
    ['216.35.68.215', 'tobog-higil'],
    ['216.68.232.21', 'todah-vobij'],
    ['198.81.129.136', 'sinid-makam'],
    ['12.110.110.204', 'budov-kuras'],
    ['0.0.0.0', 'babab-babab'],
    ['255.255.255.255', 'zuzuz-zuzuz'],
  ])('spell %s as %s', (dotted, spelled) => {
    expect(encodeProquint(address(dotted))).toBe(spelled)
    expect(decodeProquint(spelled)).toBe(address(dotted))
  })

  it('give every 32-bit number back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => {
        const spelled = encodeProquint(value)
        return /^[a-z]{5}-[a-z]{5}$/.test(spelled) && decodeProquint(spelled) === value
      }),
    )
  })

  it('have one spelling each: what can be read is written the same again', () => {
    const letter = fc.constantFrom(...'abdfghijklmnoprstuvz')
    const almost = fc.tuple(
      fc.string({ unit: letter, minLength: 5, maxLength: 5 }),
      fc.string({ unit: letter, minLength: 5, maxLength: 5 }),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          almost.map((words) => words.join('-')),
        ),
        (text) => {
          const value = decodeProquint(text)
          return value === null || encodeProquint(value) === text
        },
      ),
    )
  })

  it.each([
    '',
    'lusab',
    'lusab-',
    'lusab-babad-',
    'lusab babad',
    'lusabbabad',
    'LUSAB-BABAD',
    'lusab-babae',
    'lusab-babad\n',
    'lusab-babad-babad',
    'xusab-babad',
  ])('are not %j', (text) => {
    expect(decodeProquint(text)).toBeNull()
  })
})
