import { readFileSync } from 'node:fs'

/** The shell snippets of a guide, in order. */
export function shellSnippets(guide: string): string[] {
  const text = readFileSync(new URL(`../../docs/guides/${guide}.md`, import.meta.url), 'utf8')
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, snippet = '']) => snippet)
}

const CLI = 'npm run -s cli -- '

/** The words of the one command line call in a snippet; the guides quote none of them. */
export function cliWords(snippet: string): string[] {
  const line = snippet.split('\n').find((text) => text.startsWith(CLI)) ?? ''
  return line
    .slice(CLI.length)
    .split(' ')
    .filter((word) => word !== '--json')
}

/** What a snippet has the shell do beside calling the command line. */
export function shellPart(snippet: string): string {
  return snippet
    .split('\n')
    .filter((line) => !line.startsWith(CLI))
    .join('\n')
}
