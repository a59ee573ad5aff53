import { cursorContract } from '../contract/cursors.ts'
import { engineContract } from '../contract/engine.ts'
import { logContract } from '../contract/log.ts'
import { reactionContract } from '../contract/reactions.ts'
import { sqliteInstallation } from '../support/installations.ts'

logContract('SQLite', sqliteInstallation)
engineContract('SQLite', sqliteInstallation)
cursorContract('SQLite', sqliteInstallation)
reactionContract('SQLite', sqliteInstallation)
