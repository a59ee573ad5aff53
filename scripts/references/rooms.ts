import { COMPOSITION, ROOMS, type Room } from '../../test/architecture/rooms.ts'
import { code, table } from './markdown.ts'

const BEGIN = '<!-- rooms: generated from test/architecture/rooms.ts by `npm run docs` -->'
const END = '<!-- rooms end -->'

/**
 * Puts the table of rooms, which the wall test enforces, between its two marks in a page.
 *
 * @throws Error when the page has lost a mark.
 */
export function withRooms(page: string): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`The page has no place for the rooms: ${BEGIN} … ${END}`)
  return `${page.slice(0, begin)}${BEGIN}\n\n${roomsTable()}\n${page.slice(end)}`
}

function roomsTable(): string {
  const rows = Object.entries(ROOMS).map(([room, { holds, uses }]) => [code(room), holds, usesText(uses)])
  const composition = Object.entries(COMPOSITION).map(([room, holds]) => [code(room), holds, 'every room'])
  return table(['Room', 'Holds', 'Uses'], [...rows, ...composition])
}

function usesText(uses: Room['uses']): string {
  return uses.length === 0 ? 'nothing' : uses.map(code).join(', ')
}
