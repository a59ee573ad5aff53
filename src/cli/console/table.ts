import { printable } from './printable.ts'

/** A row of a table: what stands under each heading. */
export type Row = Readonly<Record<string, unknown>>

/** Lays rows out under headings, in columns as wide as they need to be. */
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

/** Lays one thing out as a line for each field. */
export function fields(row: Row): string {
  const width = Math.max(...Object.keys(row).map((name) => name.length))
  return Object.entries(row)
    .map(([name, value]) => `${pad(name, width)}  ${cell(value)}`.trimEnd())
    .join('\n')
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length))
}

/** Spells an item of a list so that a comma in it does not read as two items. */
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
