#!/usr/bin/env node
// The installed command. The program is TypeScript that Node runs as it is; only inside `node_modules` Node
// declines to, so this starts the runtime with a hook that strips the types there too.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const fetched = join(here, '..', 'runtime', 'node', 'bin', 'node')
const node = existsSync(fetched) ? fetched : process.execPath
const hook = pathToFileURL(join(here, 'strip-types.js')).href

// That stripping types is experimental concerns the makers of this program, not its users.
const flags = ['--disable-warning=ExperimentalWarning', '--import', hook]
const program = join(here, '..', 'src', 'cli', 'entry.ts')
const child = spawn(node, [...flags, program, ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal)
  else process.exit(code ?? 1)
})
