import type { UserAgent } from '../../oidc/support/user-agent.ts'

/** Fills in the form of a page that has all the given fields, or else its first one, and posts it. */
export async function submitForm(
  agent: UserAgent,
  pageUrl: string,
  html: string,
  fields: Record<string, string> = {},
): Promise<Response> {
  const forms = [...html.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => form)
  const names = Object.keys(fields)
  const form = forms.find((text) => names.every((name) => text.includes(`name="${name}"`))) ?? forms[0]
  if (form === undefined) throw new Error(`There is no form on ${pageUrl}: ${html}`)
  const hidden = [...form.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
    attribute(input, 'name'),
    attribute(input, 'value'),
  ])
  const action = new URL(attribute(form, 'action') || pageUrl, pageUrl)
  return agent.post(action.href, { ...Object.fromEntries(hidden), ...fields }, { origin: action.origin })
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  return value
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
