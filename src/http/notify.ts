import { isoTime } from '../kernel/clock.ts'
import { noticeMail } from './mails.ts'
import type { PageDeps } from './page-deps.ts'

/** Tells a person by mail, after the reply, that something about the account changed. */
export function notify(
  userid: string,
  what: string,
  { background, views, mail, clock }: Pick<PageDeps, 'background' | 'views' | 'mail' | 'clock'>,
): void {
  const user = views.users.byUserid(userid)
  if (user?.email) noticeTo(user.email, user.username, what, { background, mail, clock })
}

/** Tells by mail, after the reply, that something about an account changed: at an address that may be the old one. */
export function noticeTo(
  to: string,
  username: string,
  what: string,
  { background, mail, clock }: Pick<PageDeps, 'background' | 'mail' | 'clock'>,
): void {
  const when = `${isoTime(clock()).slice(0, 16).replace('T', ' ')} UTC`
  background.run(async () => mail.send(noticeMail({ to, username, what, when })))
}
