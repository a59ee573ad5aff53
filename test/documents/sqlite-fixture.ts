import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Caps } from '../../src/documents/anonymous-kinds.ts'
import type { DocumentAnswer, DocumentOperation } from '../../src/documents/operation.ts'
import { SqliteDocuments } from '../../src/documents/sqlite/documents.ts'
import { DocumentTable } from '../../src/documents/sqlite/table.ts'
import { TEST_CAPS } from '../contract/document-store-bounding.ts'

const migrations = [
  '003_documents.sql',
  '010_evictable_documents.sql',
  '011_documents_know_when_they_were_issued.sql',
].map((name) => new URL(`../../migrations/${name}`, import.meta.url))

/** Opens documents on a file of their own: a writing and a read-only connection, a clock moved by hand. */
export async function openSqliteDocuments(caps: Caps = TEST_CAPS) {
  const directory = mkdtempSync(join(tmpdir(), 'documents-'))
  const file = join(directory, 'documents.db')
  const writer = new Database(file)
  writer.pragma('journal_mode = WAL')
  for (const migration of migrations) writer.exec(readFileSync(migration, 'utf8'))
  const reader = new Database(file, { readonly: true })
  const table = new DocumentTable(writer, caps)
  const apply = writer.transaction((op: DocumentOperation): DocumentAnswer => table.apply(op))
  let time = Date.UTC(2030, 0, 1)
  // The clone stands for the way to the writer's thread and back.
  const write = async (op: DocumentOperation) => structuredClone(apply.immediate(structuredClone(op)))
  return {
    store: new SqliteDocuments({ reader, write, clock: () => time, caps }),
    writer,
    file,
    now: () => time,
    advance: (milliseconds: number) => {
      time += milliseconds
    },
    close: async () => {
      reader.close()
      writer.close()
      rmSync(directory, { recursive: true })
    },
  }
}
