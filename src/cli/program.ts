import { Command } from 'commander'
import { adminCommands } from './admin.ts'
import { auditCommands } from './audit.ts'
import { backupCommands } from './backup.ts'
import { clientCommands } from './client.ts'
import { configCommands } from './config.ts'
import type { Cli } from './console/console.ts'
import { doctorCommand } from './doctor.ts'
import { eventCommands } from './events.ts'
import { inviteCommands } from './invite.ts'
import { keyCommands } from './keys.ts'
import { logCommands } from './log.ts'
import { projectionCommands } from './projections.ts'
import { serveCommand } from './serve.ts'
import { userCommands } from './user.ts'

/** Builds the whole command line. @throws CommanderError for a fault in the arguments, which is already printed. */
export function createProgram(cli: Cli): Command {
  const program = new Command('countersign')
    .description('An OpenID Connect provider on an event log.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.world.stdout.write(text),
      writeErr: (text) => cli.world.stderr.write(text),
    })
  serveCommand(program)
  adminCommands(program, cli)
  userCommands(program, cli)
  inviteCommands(program, cli)
  clientCommands(program, cli)
  eventCommands(program, cli)
  auditCommands(program, cli)
  projectionCommands(program, cli)
  keyCommands(program, cli)
  logCommands(program, cli)
  backupCommands(program, cli)
  doctorCommand(program, cli)
  configCommands(program, cli)
  return program
}
