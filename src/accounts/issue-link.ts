import type { NewLink } from '../authn/magic-link-service.ts'
import type { CommandGateway, CommandInput, CommandOutcomeOf } from '../commands/catalogue.ts'
import { command } from '../commands/command.ts'
import type { Actor, Origin } from '../events/envelope.ts'
import type { LinkPurpose } from '../events/magic-link.ts'
import type { Secret } from '../kernel/secret.ts'

type Facts = CommandInput<'issue-magic-link'>

/** For whom a link is: a user, or with `userid` `null` a name that nobody has yet; and what is kept about it. */
export type LinkFacts = Omit<Facts, 'link_id' | 'token_hash' | 'purpose' | 'expires_at'>

/** What issuing a link needs. */
export interface LinkIssuing {
  settings: { issuer: string }
  /** Submits the command in the name of the caller. */
  submit(facts: Facts): Promise<CommandOutcomeOf<'issue-magic-link'>>
}

/** A link that can be handed over, once: only its hash is kept. */
export interface IssuedLink {
  link_id: string
  url: string
  /** ISO 8601. */
  expires_at: string
}

/** Issues a link whose secrets were made before, and answers its address. @throws Refusal as `issue-magic-link`. */
export async function issueLink(
  link: NewLink,
  facts: LinkFacts,
  { settings, submit }: LinkIssuing,
): Promise<IssuedLink> {
  const { link_id, token_hash, purpose, expires_at, token } = link
  const issued = await submit({ ...facts, link_id, token_hash, purpose, expires_at })
  return { link_id: issued.link_id, url: linkUrl(settings.issuer, purpose, token), expires_at }
}

/** Makes the function that submits the command of a link for an actor. */
export function submitLinkFor(
  commands: CommandGateway,
  actor: Actor,
  origin?: Origin,
): LinkIssuing['submit'] {
  return async (facts) => (await commands.submit(command('issue-magic-link', facts, actor, origin))).outcome
}

/** Writes the address of a link: the page of mailed links, or the invitation page where a credential is chosen. */
export function linkUrl(issuer: string, purpose: LinkPurpose, token: Secret<string>): string {
  const page = purpose === 'sign_in' || purpose === 'email_verification' ? 'link' : 'invite'
  return `${issuer}/${page}/${token.reveal()}`
}
