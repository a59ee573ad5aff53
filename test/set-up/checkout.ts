import { spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** What a fresh clone has of what running needs. */
const FILES = ['package.json', 'package-lock.json', 'runtime/package.json', 'scripts', 'src', 'migrations']

/** What a run said, and how it ended. */
export interface Ended {
  code: number | null
  output: string
}

/** A fresh copy of the project on a machine whose Node is as old or new as the test says. */
export interface Checkout {
  path: string
  /** Runs a program, by its name, as on that machine; it is killed after a while when told. */
  run(
    program: string,
    args: readonly string[],
    more?: { killAfter?: RegExp; stopAfter?: RegExp; npm?: 'real' | 'none' },
  ): Promise<Ended>
  remove(): void
}

/** Makes a checkout without any packages. */
export function freshCheckout(node: { version: string; napi: number }): Checkout {
  const path = mkdtempSync(join(tmpdir(), 'countersign-clone-'))
  const machine = join(path, 'machine')
  for (const name of FILES)
    cpSync(join(ROOT, name), join(path, name), {
      recursive: true,
      filter: (from) => !/\/runtime\/(node|installing)/.test(from),
    })
  mkdirSync(join(machine, 'none'), { recursive: true })
  const versions = JSON.stringify({ node: node.version, napi: String(node.napi) })
  program(
    join(machine, 'node'),
    `[ "$1" = -p ] && { echo '${versions}'; exit; }; exec '${process.execPath}' "$@"`,
  )
  program(join(machine, 'none', 'npm'), `echo "npm was called: $*" >&2; exit 3`)

  return {
    path,
    run: (name, args, { killAfter, stopAfter, npm = 'real' } = {}) => {
      const PATH = [...(npm === 'none' ? [join(machine, 'none')] : []), machine, process.env.PATH]
        .join(':')
        .split(':')
        // The packages of this project are not on that machine.
        .filter((directory) => !directory.includes('node_modules'))
        .join(':')
      const env = { ...wayToRegistry(), PATH, OIDC_OP_PORT: '0', NO_COLOR: '1' }
      const child = spawn(name, args, { cwd: path, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
      const ended: Ended = { code: null, output: '' }
      const hear = (text: Buffer) => {
        ended.output += text
        // The whole group, as a closed terminal does: npm and what it started.
        if (killAfter?.test(ended.output)) process.kill(-(child.pid ?? 0), 'SIGKILL')
        if (stopAfter?.test(ended.output)) process.kill(-(child.pid ?? 0), 'SIGTERM')
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      return new Promise((resolve, reject) => {
        child.once('error', reject)
        child.once('close', (code) => resolve({ ...ended, code }))
      })
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** How this machine reaches the registry; what else npm tells the tests is about this checkout, and not that one. */
function wayToRegistry(): Record<string, string | undefined> {
  const names =
    /^(HOME|TMPDIR|(https?|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|npm_config_(registry|cache|userconfig|globalconfig|cafile|(https_?|no)?proxy))$/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)))
}

function program(path: string, line: string): void {
  writeFileSync(path, `#!/bin/sh\n${line}\n`)
  chmodSync(path, 0o755)
}

/** Counts what a directory takes on the disk, in bytes. */
export function diskUse(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).blocks * 512, 0)
}
