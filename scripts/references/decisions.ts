import { readdirSync, readFileSync } from 'node:fs'
import { GENERATED, page, table } from './markdown.ts'

/**
 * Writes the index of the decisions, by their numbers.
 *
 * @param directory where the decisions are.
 * @throws Error when a page does not open with its number and title.
 */
export function decisionsIndex(directory: string): string {
  const rows = readdirSync(directory)
    .filter((file) => /^\d{4}-.+\.md$/.test(file))
    .sort()
    .map((file) => [String(Number(file.slice(0, 4))), `[${titleOf(directory, file)}](${file})`])
  return page([
    GENERATED,
    '# Decisions',
    'Each page says what the problem was, what was decided, and what it costs. Numbers are never used twice.',
    table(['Number', 'Decision'], rows),
  ])
}

function titleOf(directory: string, file: string): string {
  const title = /^# (\d+)\. (.+)$/m.exec(readFileSync(`${directory}/${file}`, 'utf8'))
  if (title === null || Number(title[1]) !== Number(file.slice(0, 4))) {
    throw new Error(`${file} must open with "# ${Number(file.slice(0, 4))}. Title"`)
  }
  return title[2] ?? ''
}
