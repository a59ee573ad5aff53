import { describe, expect, it } from 'vitest'
import { searchableTraces } from '../../src/events/traces.ts'

const traces = (field: string, text: string) => searchableTraces([{ field, text }]).map(String)

describe('the traces that a person leaves', () => {
  it('are whole values while they are short', () => {
    expect(traces('given_name', 'Ada')).toEqual([])
    expect(traces('given_name', 'Lovelace')).toEqual(['Lovelace'])
    expect(traces('email', 'ada@a.exampl')).toEqual(['ada@a.exampl'])
  })

  it('are pieces of long ones, so that a part of the value is found as well', () => {
    expect(traces('note', 'abcdefghijklmnopqrstuvwxyz').sort()).toEqual([
      'abcdefghijkl',
      'mnopqrstuvwx',
      'opqrstuvwxyz',
    ])
  })

  it('are sought as the bytes that a table keeps too', () => {
    const bytes = Buffer.from('credential')
    expect(traces('credential_id', bytes.toString('base64url'))).toContain('credential')
    expect(traces('nickname', bytes.toString('base64url'))).not.toContain('credential')
  })

  it('are listed once, and not at all when thousands of people have them', () => {
    const values = [
      { field: 'nickname', text: 'Lovelace' },
      { field: 'family_name', text: 'Lovelace' },
      { field: 'locale', text: 'de-CH-1996' },
    ]
    expect(searchableTraces(values).map(String)).toEqual(['Lovelace'])
  })
})
