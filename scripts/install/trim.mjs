// Removes from the packages what no run of the program reads: types, source maps, sources of native code, and its
// builds for other platforms. The tests get the packages whole again.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { MODULES } from './places.mjs'

const UNREAD = /\.([mc]?ts|map|tsbuildinfo)$/
const SQLITE = `${MODULES}/better-sqlite3`

/** Trims all packages. It is safe to repeat and to interrupt. */
export function trimPackages() {
  for (const entry of readdirSync(MODULES, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && UNREAD.test(entry.name)) rmSync(`${entry.parentPath ?? entry.path}/${entry.name}`)
  }
  const builds = existsSync(`${SQLITE}/prebuilds`) ? readdirSync(`${SQLITE}/prebuilds`) : []
  const own = [process.platform, `${process.platform}musl`].map(
    (platform) => `${platform}-${process.arch}.node`,
  )
  // Without a build for this platform the sources are what it was, or would be, built from.
  if (!builds.some((name) => own.includes(name))) return
  for (const name of builds) if (!own.includes(name)) rmSync(`${SQLITE}/prebuilds/${name}`)
  for (const name of ['deps', 'src']) rmSync(`${SQLITE}/${name}`, { recursive: true, force: true })
}
