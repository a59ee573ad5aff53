import { mongoArchive } from '../../documents/mongodb/archive.ts'
import type { MongoDocument } from '../../documents/mongodb/document.ts'
import type { Commit } from '../../events/commit.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Installation } from '../../log/installation.ts'
import { requireMasterKey } from '../../log/keys/master-key.ts'
import { KeyWrap } from '../../log/keys/wrapping.ts'
import { beginMongoInstallation } from '../../log/mongodb/begun-installation.ts'
import type { MongoAddress } from '../../log/mongodb/connection.ts'
import { mongoCursorArchive } from '../../log/mongodb/cursors.ts'
import { openMongoInstallation } from '../../log/mongodb/installation.ts'
import type { CopySource, CopyTarget } from './port.ts'

const PAGE = 64

/** Opens an installation on MongoDB as the source of a copy. */
export async function openMongoSource(
  from: Installation,
  address: MongoAddress,
  position: number,
): Promise<CopySource> {
  const { connection, close } = await openMongoInstallation(address, from, systemClock)
  return {
    documents: mongoArchive(connection.log.collection<MongoDocument>('documents'), position),
    cursors: mongoCursorArchive(connection.log),
    close,
  }
}

/**
 * Begins an installation on MongoDB. The document that completes it is written last: until then a node refuses to start
 * on it, and another copy clears it and begins again.
 *
 * @throws StartRefused when the database holds anything but what an unfinished copy left.
 */
export async function beginMongoTarget(
  to: Installation,
  address: MongoAddress,
  log: {
    readonly id: string
    head(): { position: number }
    commitsAfter(after: number, limit: number): Commit[]
  },
): Promise<CopyTarget> {
  const begun = await beginMongoInstallation(address, log.id, new KeyWrap(requireMasterKey(to)), systemClock)
  const documents = begun.connection.log.collection<MongoDocument>('documents')
  return {
    keys: begun.keys,
    documents: mongoArchive(documents, log.head().position),
    cursors: mongoCursorArchive(begun.connection.log),
    async copyCommits() {
      for (let position = 0; ; ) {
        const page = log.commitsAfter(position, PAGE)
        if (page.length === 0) return
        await begun.insert(page)
        position += page.length
      }
    },
    async complete() {
      return { ...to, mongodb: { ...address, unfinished: begun.copy } }
    },
    finish: begun.finish,
    close: begun.close,
  }
}
