// Compiles the service before its first start, which would otherwise hold the compiler that strips types for as long
// as it runs. Each entry is started in a way that it refuses at once: what it loads has been compiled by then.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { MEMORY_FLAGS, memoryEnvironment } from '../src/kernel/memory-flags.ts'

const NO_PORT = { OIDC_OP_PORT: 'none' }

for (const entry of ['main', 'storage/writer-thread', 'storage/upkeep-thread']) {
  const path = fileURLToPath(new URL(`../src/${entry}.ts`, import.meta.url))
  const env = memoryEnvironment({ ...process.env, ...NO_PORT })
  spawnSync(process.execPath, [...MEMORY_FLAGS, path], { env, stdio: 'ignore' })
}
