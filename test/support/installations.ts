import Database from 'better-sqlite3'
import { systemRandom } from '../../src/kernel/random.ts'
import type { Installation } from '../../src/log/installation.ts'
import { digestOf } from '../../src/projections/compare.ts'
import { openStorage } from '../../src/storage/open.ts'
import type { InstallationUnderTest, Node } from '../contract/storage-under-test.ts'
import { filesIn, temporaryDirectory } from './installation.ts'
import type { TestMongo } from './mongodb-process.ts'

/** Makes an installation on SQLite: who opens it again works on the same files. */
export async function sqliteInstallation(): Promise<InstallationUnderTest> {
  const directory = temporaryDirectory()
  return opening(() => filesIn(directory.path), directory.remove)
}

/** Makes an installation on MongoDB: who opens it again is another node, with a directory of its own. */
export async function mongoInstallation(server: TestMongo): Promise<InstallationUnderTest> {
  const masterKey = systemRandom(32)
  const mongodb = { uri: server.uri, database: server.newDatabase() }
  const directories: ReturnType<typeof temporaryDirectory>[] = []
  const nodeFiles = () => {
    const directory = temporaryDirectory()
    directories.push(directory)
    return { ...filesIn(directory.path, masterKey), mongodb }
  }
  return opening(nodeFiles, () => {
    for (const directory of directories) directory.remove()
  })
}

function opening(filesOf: () => Installation, remove: () => void): InstallationUnderTest {
  const nodes = new Set<Node>()
  return {
    async open() {
      const files = filesOf()
      const storage = await openStorage(files)
      const node: Node = {
        ...storage,
        digest: () => digestOfFile(files.database),
        close: async () => {
          if (nodes.delete(node)) await storage.close()
        },
      }
      nodes.add(node)
      return node
    },
    async close() {
      for (const node of nodes) await node.close()
      remove()
    },
  }
}

function digestOfFile(path: string): string {
  const sql = new Database(path, { readonly: true })
  try {
    return digestOf(sql)
  } finally {
    sql.close()
  }
}
