import Bowser from 'bowser'
import { visibleText } from '../../kernel/visible-text.ts'

/** The longest name that an event may hold. */
const LONGEST = 128
/** No browser sends a longer one. */
const LONGEST_USER_AGENT = 1024

/** Names the browser and system of a request for people, `Firefox on Linux`; `null` when it is unknown. */
export function deviceName(userAgent: string | undefined): string | null {
  if (!userAgent) return null
  const { browser, os } = Bowser.parse(userAgent.slice(0, LONGEST_USER_AGENT))
  const name = [browser.name, os.name].filter(Boolean).join(' on ')
  return name === '' ? null : visibleText(name.slice(0, LONGEST))
}
