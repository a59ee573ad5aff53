import type { Mail } from '../../mail/port.ts'
import type { Cli, CommonOptions } from './console.ts'

/**
 * Sends the mail of a command. Without a mail server it prints the mail; with `--json`, on the standard error. When the
 * mail server refuses the mail the command fails, but undoes nothing.
 */
export async function mailFromHere(cli: Cli, options: CommonOptions, message: Mail): Promise<void> {
  // Imported here because it loads most of the server, which no other command needs.
  const { configuredMail } = await import('../../service/services.ts')
  const to = options.json ? cli.world.stderr : cli.world.stdout
  const mail = await configuredMail(cli.settings, (text) => void to.write(`${text}\n`))
  try {
    await mail.send(message)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    cli.world.stderr.write(`The link was made, but its mail was not sent: ${reason}\n`)
    cli.exitCode = 1
  } finally {
    mail.close?.()
  }
}
