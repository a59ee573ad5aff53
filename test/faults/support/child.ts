import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A child process that runs one of the scripts beside this file and reports by messages. */
export interface Child<Message> {
  process: ChildProcess
  /** Everything it has reported so far; what it reported before it was killed counts. */
  messages: Message[]
  /** What it wrote to stdout and stderr. */
  output(): string
  /** Resolves with the first message for which `wanted` holds, of those to come only if told so. */
  message(wanted: (message: Message) => boolean, which?: 'any' | 'new'): Promise<Message>
  /** Resolves with the exit code, `null` when a signal ended it. */
  ended: Promise<number | null>
}

const running = new Set<ChildProcess>()

/** Ends every child that still runs: for when a test failed half way. */
export function killChildren(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Starts `script` with one argument, passed as JSON. */
export function startChild<Message>(
  script: string,
  argument: unknown,
  env: Record<string, string> = {},
): Child<Message> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = fork(path, [JSON.stringify(argument)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  running.add(child)
  child.once('close', () => running.delete(child))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)))
  const messages: Message[] = []
  const listeners = new Set<(message: Message) => void>()
  child.on('message', (message) => {
    messages.push(message as Message)
    for (const listener of listeners) listener(message as Message)
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    process: child,
    messages,
    output: () => output,
    message: (wanted, which = 'any') =>
      new Promise((resolve, reject) => {
        const earlier = which === 'any' ? messages.find(wanted) : undefined
        if (earlier !== undefined) return resolve(earlier)
        const listener = (message: Message) => {
          if (!wanted(message)) return
          listeners.delete(listener)
          resolve(message)
        }
        listeners.add(listener)
        void ended.then((code) => reject(new Error(`${script} ended with ${code}:\n${output}`)))
      }),
    ended,
  }
}

/** In a child: the argument it was started with. */
export function childArgument<T>(): T {
  return JSON.parse(process.argv[2] ?? 'null') as T
}

/** In a child: reports to the parent; resolves when the message is on its way. */
export function report(message: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error ? reject(error) : resolve()))
  })
}
