import { readSync } from 'node:fs'
import { type LiveCells, liveCells } from './live-cells.ts'

/** How the pages of a file are arranged. */
export interface PageLayout {
  pageSize: number
  /** How many bytes at the end of each page are not used. */
  reserved: number
  /** The offset of the first page, and the distance from one page to the next. */
  first: number
  stride: number
  /** Returns the number of the page that begins at an offset of the file descriptor. */
  numberAt(file: number, offset: number): number
}

/** Shorter traces occur by chance, for example in a hash or in ciphertext. */
const SHORT = 12

/**
 * Judges a trace by where it is in a file. In a row or index entry it is current content of a table, and would still be
 * there after the file was rewritten; only in a gap is it a remnant. Overflow pages have no gaps, because SQLite zeroes
 * them as it frees them; so there a trace counts only if it is too long to occur by chance.
 */
export class PageJudge {
  readonly #file: number
  readonly #layout: PageLayout
  readonly #page: Buffer
  #begin = -1
  #cells: LiveCells | null = null
  #whole = false

  constructor(file: number, layout: PageLayout) {
    this.#file = file
    this.#layout = layout
    this.#page = Buffer.alloc(layout.pageSize)
  }

  /** Tells whether a trace that was found at an offset of the file is a remnant. */
  isRemnant(offset: number, length: number): boolean {
    const { first, stride, pageSize } = this.#layout
    if (offset < first) return true
    const begin = first + Math.floor((offset - first) / stride) * stride
    const at = offset - begin
    if (at + length > pageSize) return true
    if (begin !== this.#begin) this.#read(begin)
    if (!this.#whole) return true
    return this.#cells ? !this.#cells.holds(at, at + length) : length >= SHORT
  }

  #read(begin: number): void {
    const { pageSize, reserved, numberAt } = this.#layout
    this.#begin = begin
    this.#whole = readSync(this.#file, this.#page, 0, pageSize, begin) === pageSize
    this.#cells = liveCells(this.#page, numberAt(this.#file, begin), reserved)
  }
}

/** Describes the database file itself: one page after another. */
export function databaseLayout(pageSize: number, reserved: number): PageLayout {
  return { pageSize, reserved, first: 0, stride: pageSize, numberAt: (_, offset) => offset / pageSize + 1 }
}

/** Describes its WAL: a header of 32 bytes, then frames with a header of 24 bytes that begins with the page number. */
export function walLayout(pageSize: number, reserved: number): PageLayout {
  const number = Buffer.alloc(4)
  return {
    pageSize,
    reserved,
    first: 32 + 24,
    stride: 24 + pageSize,
    numberAt: (file, offset) => (readSync(file, number, 0, 4, offset - 24) === 4 ? number.readUInt32BE() : 0),
  }
}
