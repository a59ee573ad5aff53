// Compiles the service before its first start, which would otherwise keep the compiler that strips types in memory while
// it runs. Each entry is started so that it refuses at once: by then all it loads is compiled.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { MEMORY_FLAGS, memoryEnvironment } from '../src/kernel/memory-flags.ts'

const NO_PORT = { OIDC_OP_PORT: 'none' }

for (const entry of ['main', 'storage/writer-thread', 'storage/upkeep-thread']) {
  const path = fileURLToPath(new URL(`../src/${entry}.ts`, import.meta.url))
  const env = memoryEnvironment({ ...process.env, ...NO_PORT })
  spawnSync(process.execPath, [...MEMORY_FLAGS, path], { env, stdio: 'ignore' })
}
