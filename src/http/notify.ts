import { isoTime } from '../kernel/clock.ts'
import { noticeMail } from './mails.ts'
import type { PageDeps } from './page-deps.ts'

/** Tells a person by mail, behind the reply, that something about the account changed. */
export function notify(
  userid: string,
  what: string,
  { background, views, mail, clock }: Pick<PageDeps, 'background' | 'views' | 'mail' | 'clock'>,
): void {
  const when = `${isoTime(clock()).slice(0, 16).replace('T', ' ')} UTC`
  background.run(async () => {
    const user = views.users.byUserid(userid)
    if (!user?.email) return
    await mail.send(noticeMail({ to: user.email, username: user.username, what, when }))
  })
}
