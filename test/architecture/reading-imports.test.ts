import { describe, expect, it } from 'vitest'
import { cyclesIn } from './cycles.ts'
import { importsOf, threadsOf } from './imports.ts'

describe('importsOf', () => {
  it('reads every way of naming another file', () => {
    const source = `
      import a from './a.ts'
      import type { B } from "./b.ts"
      import {
        type C,
        c,
      } from './c.ts'
      import * as d from './d.ts'
      import './e.ts'
      export { f } from './f.ts'
      export * from './g.ts'
      export type { H } from './h.ts'
      const i = await import('./i.ts')
      const j: import('./j.ts').J = new Worker(new URL('./k.ts', import.meta.url))
      /* import './no.ts' */
      // import './no.ts'
      export const sql = 'SELECT x FROM y'
      export const text = "from './no.ts'"
    `
    expect(importsOf(source).sort()).toEqual('abcdefghij'.split('').map((name) => `./${name}.ts`))
    expect(threadsOf(source)).toEqual(['./k.ts'])
  })

  it('refuses what cannot be followed', () => {
    expect(() => importsOf('await import(name)')).toThrow('literally')
    expect(() => importsOf("const x = require('x')")).toThrow('require')
  })
})

describe('cyclesIn', () => {
  it('names each group once and leaves straight paths alone', () => {
    const arrows = ['a>b', 'b>c', 'c>a', 'c>d', 'd>e', 'f>f'].map((arrow) => {
      const [file = '', target = ''] = arrow.split('>')
      return { file, target }
    })
    expect(cyclesIn(arrows)).toEqual(['a <-> b <-> c', 'f'])
  })
})
