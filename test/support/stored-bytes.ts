import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Reads every byte of every file below a directory, by path. */
export function storedBytes(directory: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) files.set(path, readFileSync(path))
  }
  return files
}

/** Says which of the values are in which file, as text or as the bytes given. */
export function whereFound(directory: string, values: Iterable<string | Uint8Array>): string[] {
  const files = storedBytes(directory)
  const found: string[] = []
  for (const value of values) {
    for (const [path, bytes] of files) {
      if (bytes.includes(Buffer.from(value)))
        found.push(`${Buffer.from(value).toString('latin1')} in ${path}`)
    }
  }
  return found
}
