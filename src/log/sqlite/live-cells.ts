/** The parts of a b-tree page that hold rows and index entries, as pairs of offsets in the page. */
export interface LiveCells {
  /** Tells whether a part of the page is within one row or entry, so that it is current content of the table. */
  holds(start: number, end: number): boolean
}

const INTERIOR_INDEX = 2
const INTERIOR_TABLE = 5
const LEAF_INDEX = 10
const LEAF_TABLE = 13

/**
 * Reads where the rows and index entries of a page are (https://sqlite.org/fileformat2.html, §1.6).
 *
 * @param page a whole page of the file, or of a frame of the WAL.
 * @param number its number, from 1: the first page begins with the header of the file.
 * @param reserved how many bytes at the end of each page SQLite does not use.
 * @returns `null` when it is not a b-tree page.
 */
export function liveCells(page: Uint8Array, number: number, reserved: number): LiveCells | null {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
  const header = number === 1 ? 100 : 0
  const kind = view.getUint8(header)
  if (![INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE].includes(kind)) return null
  const interior = kind === INTERIOR_INDEX || kind === INTERIOR_TABLE
  const pointers = header + (interior ? 12 : 8)
  const usable = page.byteLength - reserved
  const cells: [start: number, end: number][] = []
  const count = view.getUint16(header + 3)
  if (pointers + 2 * count > usable) return null
  for (let index = 0; index < count; index += 1) {
    const start = view.getUint16(pointers + 2 * index)
    cells.push([start, Math.min(usable, endOfCell(view, kind, start, usable))])
  }
  cells.sort(([left], [right]) => left - right)
  return { holds: (start, end) => lieWithinOne(cells, start, end) }
}

function lieWithinOne(cells: readonly [number, number][], start: number, end: number): boolean {
  let low = 0
  let high = cells.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((cells[middle]?.[0] ?? 0) <= start) low = middle + 1
    else high = middle
  }
  const cell = cells[low - 1]
  return cell !== undefined && end <= cell[1]
}

function endOfCell(view: DataView, kind: number, start: number, usable: number): number {
  const interior = kind === INTERIOR_INDEX || kind === INTERIOR_TABLE
  let at = start + (interior ? 4 : 0)
  if (kind === INTERIOR_TABLE) return at
  const size = readVarint(view, at)
  at = size.end
  if (kind === LEAF_TABLE) at = readVarint(view, at).end
  return at + localSize(size.value, usable, kind === LEAF_TABLE)
}

/** Computes how much of a row of `size` bytes is in the page itself; the rest is in overflow pages. */
function localSize(size: number, usable: number, inTable: boolean): number {
  const most = inTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23
  if (size <= most) return size
  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const fitting = least + ((size - least) % (usable - 4))
  return fitting <= most ? fitting : least
}

function readVarint(view: DataView, from: number): { value: number; end: number } {
  let value = 0
  let at = from
  for (; at < from + 8 && at < view.byteLength; at += 1) {
    const byte = view.getUint8(at)
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return { value, end: at + 1 }
  }
  return { value, end: at + 1 }
}
