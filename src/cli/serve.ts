import type { Command } from 'commander'

/** Adds `serve`, which is the same as `npm start`. */
export function serveCommand(program: Command): void {
  program
    .command('serve')
    .description('run the service until it is stopped')
    .option('--json', 'the log is JSON in any case')
    .action(async () => {
      await import('../main.ts')
    })
}
