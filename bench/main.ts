// `npm run bench` runs all benchmarks; `npm run bench -- NAME --json` one, with its figures as the last line.
const BENCHMARKS = [
  'core',
  'oidc',
  'signin',
  'sequences',
  'growth',
  'stream',
  'memory',
  'mongodb',
  'search',
  'scale',
] as const

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const json = process.argv.includes('--json')

for (const name of names.length > 0 ? names : BENCHMARKS) {
  if (!(BENCHMARKS as readonly string[]).includes(name)) {
    console.error(`There is no benchmark ${name}; there are ${BENCHMARKS.join(', ')}`)
    process.exit(1)
  }
  console.error(`${name} …`)
  const { run } = (await import(`./${name}.ts`)) as { run(): Promise<Record<string, unknown>> }
  const figures = await run()
  console.log(json ? JSON.stringify({ benchmark: name, ...figures }) : figures)
}
