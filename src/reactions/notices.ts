import type { RecordedEvent } from '../events/envelope.ts'
import type { LogReading } from '../log/port.ts'
import { noticeMail } from '../mail/messages.ts'
import { type MailPort, MailRefused } from '../mail/port.ts'
import type { Views } from '../projections/views.ts'
import { NotNow, type Reaction } from './reaction.ts'

/** What the notices need. */
export interface NoticeDeps {
  log: Pick<LogReading, 'eventsAt'>
  views: Pick<Views, 'users' | 'audit'>
  mail: Pick<MailPort, 'send'>
}

/** Whom to tell what; `to` is set where it is not the person's present address. */
interface Notice {
  userid: string
  what: string
  to?: string
}

/** Mails people that something about their account changed, whether a page, the API or the command line changed it. */
export function notices(deps: NoticeDeps): Reaction {
  return {
    name: 'notices',
    types: [
      'PasskeyRegistered',
      'PasskeyRemoved',
      'PasskeyCounterRegressed',
      'PasswordSet',
      'PasswordRemoved',
      'UserEmailChanged',
    ],
    async react(event) {
      const notice = noticeOf(event, deps)
      const user = notice && deps.views.users.byUserid(notice.userid)
      const to = notice?.to ?? user?.email
      if (!notice || !user || !to) return
      const when = `${event.time.slice(0, 16).replace('T', ' ')} UTC`
      const mail = noticeMail({ to, username: user.username, what: notice.what, when })
      try {
        await deps.mail.send({ ...mail, id: event.id })
      } catch (error) {
        if (error instanceof MailRefused) throw error
        throw new NotNow('The mail server does not accept the notice now', { cause: error })
      }
    },
  }
}

function noticeOf(event: RecordedEvent, deps: NoticeDeps): Notice | null {
  // There is no owner left to mail.
  if (event.erased) return null
  switch (event.type) {
    case 'PasskeyRegistered':
      return noticeOfAdding(event, event.data.userid, () => 'A passkey was added to your account', deps)
    case 'PasswordSet':
      return noticeOfAdding(event, event.data.userid, () => passwordText(event, deps), deps)
    case 'PasskeyRemoved':
      return { userid: event.data.userid, what: 'A passkey was removed from your account' }
    case 'PasskeyCounterRegressed':
      return { userid: event.data.userid, what: 'A passkey of your account may have been copied' }
    case 'PasswordRemoved':
      return { userid: event.data.userid, what: 'The password of your account was removed' }
    case 'UserEmailChanged': {
      const { userid, email } = event.data
      const what = 'The mail address of your account was changed'
      return email.before === null ? null : { userid, what, to: email.before }
    }
    default:
      return null
  }
}

/** Builds the notice of a new credential: none for a new account; after a link, it is a recovery. */
function noticeOfAdding(
  event: RecordedEvent,
  userid: string,
  otherwise: () => string,
  deps: NoticeDeps,
): Notice | null {
  const before = typesBefore(event, deps)
  if (before.has('UserRegistered')) return null
  const recovered = 'Your account was recovered with a new way to sign in'
  return { userid, what: before.has('MagicLinkUsed') ? recovered : otherwise() }
}

/** Says that a password was changed, or added where there was none. */
function passwordText({ sequence, subject }: RecordedEvent, { log, views }: NoticeDeps): string {
  const [previous] = views.audit.find({
    after: sequence,
    order: 'desc',
    limit: 1,
    types: ['PasswordSet', 'PasswordRemoved'],
    ...(subject === null ? {} : { subject }),
  })
  const hadOne = previous !== undefined && log.eventsAt([previous])[0]?.type === 'PasswordSet'
  return hadOne ? 'The password of your account was changed' : 'A password was added to your account'
}

/** Lists the types of the events that the same command appended before this one. */
function typesBefore({ sequence, command }: RecordedEvent, { log }: NoticeDeps): Set<string> {
  const types = new Set<string>()
  for (let before = sequence - 1; before > 0; before -= 1) {
    const [event] = log.eventsAt([before])
    if (event?.command !== command) break
    types.add(event.type)
  }
  return types
}
