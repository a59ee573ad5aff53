const STATIC = /^[ \t]*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport\s*\(\s*(?:(['"])([^'"]+)\1\s*[,)])?/g
const BESIDE = /\bnew URL\(\s*['"](\.[^'"]+\.m?tsx?)['"]\s*,\s*import\.meta\.url/g
const REQUIRED = /\b(?:createRequire|require)\s*\(/

/**
 * Lists what a source file imports: static, type-only and dynamic imports, and exports from elsewhere.
 *
 * @throws Error on a dynamic import whose target is not written out, and on `require`: no test could follow them.
 */
export function importsOf(source: string): string[] {
  const text = withoutComments(source)
  if (REQUIRED.test(text)) throw new Error('require is not allowed; write an import')
  const dynamic = [...text.matchAll(DYNAMIC)].map((match) => {
    if (match[2] === undefined) throw new Error('A dynamic import must name its target literally')
    return match[2]
  })
  return [...[...text.matchAll(STATIC)].map((match) => match[1] ?? ''), ...dynamic]
}

/** Lists the files that a source file names beside itself, to start them as threads. */
export function threadsOf(source: string): string[] {
  return [...withoutComments(source).matchAll(BESIDE)].map((match) => match[1] ?? '')
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^[ \t]*\/\/.*$/gm, '')
}
