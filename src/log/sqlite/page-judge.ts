import { readSync } from 'node:fs'
import { type LiveCells, liveCells } from './live-cells.ts'

/** How a file is made up of pages. */
export interface PageLayout {
  pageSize: number
  /** How many bytes at the end of each page are not used. */
  reserved: number
  /** Where the first page begins, and how far it is from one to the next. */
  first: number
  stride: number
  /** Tells the number of the page that begins at an offset, by the file descriptor. */
  numberAt(file: number, offset: number): number
}

/** So short that it stands somewhere by chance, as in a hash or something encrypted. */
const SHORT = 12

/**
 * Judges where a trace was found in a file: what lies in a row or index entry is what a table holds now, and would be
 * there also after the file was written anew. Only what lies in a gap is a remnant. Overflow pages have no gaps: they
 * are zeroed when they are freed; so there only a trace counts that is too long to stand there by chance.
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

/** Describes the database file itself: one page after the other. */
export function databaseLayout(pageSize: number, reserved: number): PageLayout {
  return { pageSize, reserved, first: 0, stride: pageSize, numberAt: (_, offset) => offset / pageSize + 1 }
}

/** Describes its journal: a header of 32 bytes, then frames that begin with the number of a page, on 24 bytes. */
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
