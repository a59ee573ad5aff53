import type { Mail } from '../../mail/port.ts'
import type { Cli, CommonOptions } from './console.ts'

/**
 * Mails what a command made. Without a mail server it is printed, beside an answer in JSON on the standard error. A mail
 * that is not taken makes the command fail, but undoes nothing.
 */
export async function mailFromHere(cli: Cli, options: CommonOptions, message: Mail): Promise<void> {
  // What the server is made of is loaded only here: no other command needs it.
  const { configuredMail } = await import('../../service/services.ts')
  const to = options.json ? cli.world.stderr : cli.world.stdout
  const mail = await configuredMail(cli.settings, (text) => void to.write(`${text}\n`))
  try {
    await mail.send(message)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    cli.world.stderr.write(`The link was made, but its mail was not taken: ${reason}\n`)
    cli.exitCode = 1
  } finally {
    mail.close?.()
  }
}
