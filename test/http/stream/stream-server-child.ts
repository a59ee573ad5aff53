// A server with the live stream, under load that it makes itself, until it is killed.

import { command, SYSTEM_ACTOR } from '../../../src/commands/command.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { generateUserid } from '../../../src/kernel/userid.ts'
import { createApp } from '../../../src/service/app.ts'
import { createServices } from '../../../src/service/services.ts'
import { readSettings } from '../../../src/settings/settings.ts'
import { installationFiles, openThreadedStorage, type Storage } from '../../../src/storage/open.ts'
import { childArgument, report } from '../../faults/support/child.ts'
import { backEndSettings } from '../../support/back-end.ts'

export interface ServerTask {
  directory: string
  /** 0 takes a free one. */
  port: number
  /** How many callers write at once; 0 for none. */
  callers: number
}

export interface ServerReport {
  kind: 'listening'
  port: number
}

async function serve({ directory, port, callers }: ServerTask): Promise<void> {
  const environment = {
    OIDC_OP_DATA_DIR: directory,
    OIDC_OP_LOG_LEVEL: 'error',
    ...backEndSettings(directory),
  }
  const settings = readSettings(environment, () => '')
  const storage = await openThreadedStorage(installationFiles(settings), (error) => {
    throw error
  })
  const services = await createServices(storage, settings, systemClock)
  const app = await createApp(
    {
      ...services,
      readToken: async () => ({ kind: 'client', clientId: 'reader', scopes: ['admin'] }),
    },
    { reason: () => null },
  )
  const address = await app.listen({ host: '127.0.0.1', port })
  await report({ kind: 'listening', port: Number(new URL(address).port) } satisfies ServerReport)
  await Promise.all(Array.from({ length: callers }, () => write(storage)))
}

async function write({ commands }: Storage): Promise<never> {
  for (;;) {
    const userid = generateUserid()
    await commands.submit(command('register-user', { userid, username: userid }, SYSTEM_ACTOR))
    const changes = { nickname: 'N', groups: ['g'] }
    await commands.submit(command('change-user', { userid, changes }, SYSTEM_ACTOR))
  }
}

await serve(childArgument<ServerTask>())
