import { printable } from './printable.ts'

/** A row of a table: the values by column. */
export type Row = Readonly<Record<string, unknown>>

/** Formats rows under headings, in columns as wide as needed. */
export function table(rows: readonly Row[], columns: readonly string[]): string {
  const lines = [
    columns.map((column) => column.toUpperCase().replaceAll('_', ' ')),
    ...rows.map((row) => columns.map((column) => cell(row[column]))),
  ]
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => [...(line[at] ?? '')].length)))
  return lines
    .map((line) =>
      line
        .map((text, at) => pad(text, widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Formats one thing as a line for each field. */
export function fields(row: Row): string {
  const width = Math.max(...Object.keys(row).map((name) => name.length))
  return Object.entries(row)
    .map(([name, value]) => `${pad(name, width)}  ${cell(value)}`.trimEnd())
    .join('\n')
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length))
}

/** Quotes an item of a list that has a comma in it. */
function listed(item: unknown): string {
  const text = String(item)
  return /[,"]/.test(text) ? JSON.stringify(text) : text
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.length === 0 ? '-' : printable(value.map(listed).join(','))
  if (typeof value === 'object') return printable(JSON.stringify(value))
  return printable(String(value))
}
