// A second process that writes to the same installation, as the command line does.
import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { generateUserid } from '../../../src/kernel/userid.ts'
import { openStorage } from '../../../src/storage/open.ts'
import { childArgument, report } from '../../faults/support/child.ts'
import { backEndOf } from '../../support/back-end.ts'
import { filesIn } from '../../support/installation.ts'

const { directory, count } = childArgument<{ directory: string; count: number }>()
const storage = await openStorage({ ...filesIn(directory), ...backEndOf(directory) })
await report({ kind: 'ready' })
for (let n = 0; n < count; n += 1) {
  const userid = generateUserid()
  await storage.commands.submit(command('register-user', { userid, username: userid }, SYSTEM_ACTOR))
}
await storage.close()
await report({ kind: 'done' })
process.disconnect?.()
