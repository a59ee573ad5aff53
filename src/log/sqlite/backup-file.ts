import { createHash } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { StartRefused } from '../../kernel/start-refused.ts'
import { openForReading, openUnsynced, type SqliteDatabase } from './database.ts'

// A backup is one SQLite file, so that any SQLite can read it: what it is a backup of, the files in it with their
// SHA-256, and their bytes in chunks.
const FORMAT = 'countersign-backup/1'
const SCHEMA = `
  CREATE TABLE backup (
    format TEXT NOT NULL, log TEXT NOT NULL, epoch INTEGER NOT NULL, position INTEGER NOT NULL,
    sequence INTEGER NOT NULL, hash TEXT NOT NULL, created_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE files (name TEXT PRIMARY KEY, size INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT;
  CREATE TABLE chunks (
    name TEXT NOT NULL REFERENCES files, chunk_no INTEGER NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (name, chunk_no)
  ) STRICT;
`
const CHUNK = 1 << 20

/** The files of a backup, each with its path. */
export type BackupFiles = Record<'log' | 'keys', string>

/** The log and the head that a backup holds. */
export interface BackupContent {
  log: string
  epoch: number
  position: number
  sequence: number
  /** Hex, of the last commit. */
  hash: string
  /** ISO 8601 UTC. */
  created_at: string
}

/** Writes and syncs a backup file. */
export function writeBackupFile(draft: string, content: BackupContent, copies: BackupFiles): void {
  const db = openUnsynced(draft)
  try {
    db.exec(`BEGIN; ${SCHEMA}`)
    const { log, epoch, position, sequence, hash, created_at } = content
    db.prepare('INSERT INTO backup VALUES (?, ?, ?, ?, ?, ?, ?)').run(
      FORMAT,
      log,
      epoch,
      position,
      sequence,
      hash,
      created_at,
    )
    for (const [name, path] of Object.entries(copies)) add(db, name, path)
    db.exec('COMMIT')
  } finally {
    db.close()
  }
  const file = openSync(draft, 'r')
  fsyncSync(file)
  closeSync(file)
}

/** Extracts the files of a backup to their targets. @throws StartRefused when it is damaged or not a backup. */
export function readBackupFile(path: string, targets: BackupFiles): BackupContent {
  if (!existsSync(path)) throw new StartRefused(`There is no file ${path}`)
  const db = openForReading(path)
  try {
    const { format, ...content } = readContent(db)
    for (const [name, target] of Object.entries(targets)) extract(db, name, target)
    return content
  } finally {
    db.close()
  }
}

function add(db: SqliteDatabase, name: string, path: string): void {
  const addFile = db.prepare('INSERT INTO files (name, size, sha256) VALUES (?, ?, ?)')
  const addChunk = db.prepare('INSERT INTO chunks (name, chunk_no, bytes) VALUES (?, ?, ?)')
  const digest = createHash('sha256')
  const file = openSync(path, 'r')
  let size = 0
  addFile.run(name, 0, '')
  try {
    const buffer = Buffer.alloc(CHUNK)
    for (let number = 0; ; number += 1) {
      const bytes = buffer.subarray(0, readSync(file, buffer, 0, CHUNK, null))
      if (bytes.length === 0) break
      digest.update(bytes)
      size += bytes.length
      addChunk.run(name, number, bytes)
    }
  } finally {
    closeSync(file)
  }
  db.prepare('UPDATE files SET size = ?, sha256 = ? WHERE name = ?').run(size, digest.digest('hex'), name)
}

function readContent(db: SqliteDatabase): BackupContent & { format: string } {
  try {
    const content = db.prepare('SELECT * FROM backup').get() as BackupContent & { format: string }
    if (content.format === FORMAT) return content
  } catch (cause) {
    throw new StartRefused(`${db.name} is not a backup of Countersign`, { cause })
  }
  throw new StartRefused(`${db.name} is a backup of another version`)
}

function extract(db: SqliteDatabase, name: string, target: string): void {
  const wanted = db.prepare('SELECT size, sha256 FROM files WHERE name = ?').get(name)
  const chunks = db.prepare('SELECT bytes FROM chunks WHERE name = ? ORDER BY chunk_no').pluck()
  const digest = createHash('sha256')
  const file = openSync(target, 'wx', 0o600)
  let size = 0
  try {
    for (const bytes of chunks.iterate(name) as IterableIterator<Uint8Array>) {
      writeSync(file, bytes)
      digest.update(bytes)
      size += bytes.length
    }
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  const found = { size, sha256: digest.digest('hex') }
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new StartRefused(`${db.name} is damaged: its ${name} file is not what was backed up`)
  }
}
