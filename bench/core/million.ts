import { command, SYSTEM_ACTOR } from '../../src/commands/command.ts'
import type { InstallationFiles } from '../../src/log/sqlite/inspection.ts'
import { openThreadedStorage } from '../../src/storage/open.ts'
import { load, quantile } from '../callers.ts'
import { register } from './registrations.ts'

/** Fills an installation up to `target` events: one person in ten events, the rest changes of profiles. */
export async function fill(files: InstallationFiles, target: number): Promise<number> {
  const storage = await openThreadedStorage(files, fail)
  const people = Math.max(1, Math.ceil((target - storage.log.head().sequence) / 10))
  const userids: string[] = []
  await load(people, 512, async (index) => {
    userids.push(await register(storage, `filler-${index}`))
  })
  const left = target - storage.log.head().sequence
  await load(Math.max(0, left), 512, (index) => {
    const userid = userids[index % userids.length] ?? ''
    const changes = { nickname: `nick-${index}` }
    return storage.commands.submit(command('change-user', { userid, changes }, SYSTEM_ACTOR))
  })
  const { sequence } = storage.log.head()
  await storage.close()
  return sequence
}

/** Opens and closes an installation a few times; the median time to ready in milliseconds. */
export async function startTime(files: InstallationFiles): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const begun = performance.now()
    const storage = await openThreadedStorage(files, fail)
    storage.log.head()
    times.push(performance.now() - begun)
    await storage.close()
  }
  return quantile(times, 0.5)
}

function fail(error: unknown): never {
  throw error
}
