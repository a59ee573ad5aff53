// What the lock file says, and what is there of it.
import { existsSync, readFileSync } from 'node:fs'
import { MODULES, ROOT } from './places.mjs'

function packagesOf(lockFile) {
  if (!existsSync(lockFile)) return {}
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages ?? {}
  } catch {
    // An incomplete file counts as missing.
    return {}
  }
}

/** Lists the packages of the lock file by their paths: those needed to run, or all. */
export function wantedPackages(what) {
  const locked = Object.entries(packagesOf(`${ROOT}package-lock.json`))
  return locked.filter(
    ([path, entry]) => path.startsWith('node_modules/') && !entry.link && (what === 'all' || !entry.dev),
  )
}

/** Lists those that are missing or of another version. Optional ones are for other platforms, or the runtime. */
export function missingPackages(what) {
  const installed = packagesOf(`${MODULES}/.package-lock.json`)
  return wantedPackages(what).filter(
    ([path, entry]) =>
      !entry.optional &&
      (installed[path]?.version !== entry.version || !existsSync(`${ROOT}${path}/package.json`)),
  )
}

/** Tells whether packages for tests and checks are there already. */
export function hasDevelopmentPackages() {
  return Object.values(packagesOf(`${MODULES}/.package-lock.json`)).some((entry) => entry.dev)
}
