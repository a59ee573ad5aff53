import type { Command } from 'commander'

/** Adds `serve`, which runs the entry of the service, as `npm start` does. */
export function serveCommand(program: Command): void {
  program
    .command('serve')
    .description('run the service until it is stopped')
    .option('--json', 'accepted for uniformity: the log is always JSON')
    .action(async () => {
      await import('../main.ts')
    })
}
