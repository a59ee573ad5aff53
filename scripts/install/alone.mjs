// Lets one process install at a time; npm scripts may be started at the same time.
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { ROOT } from './places.mjs'

const MARK = `${ROOT}runtime/installing`

/** Waits until no other process installs, and says so once. @returns what ends the turn. */
export async function takeTurn(say) {
  let said = false
  while (!mark()) {
    const holder = readHolder()
    if (holder !== null && isAlive(holder)) {
      if (!said) say('waiting for another npm script that installs …')
      said = true
      await new Promise((resolve) => setTimeout(resolve, 200))
    } else {
      removeStale(holder)
    }
  }
  return () => rmSync(MARK, { force: true })
}

function mark() {
  try {
    const file = openSync(MARK, 'wx')
    writeSync(file, String(process.pid))
    closeSync(file)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Reads who marked; `null` when the mark is gone or not written to its end. */
function readHolder() {
  try {
    return Number(readFileSync(MARK, 'utf8')) || null
  } catch {
    return null
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Removes the mark of a process that died. Of several that try, the rename lets one succeed. */
function removeStale(holder) {
  const aside = `${MARK}-${process.pid}`
  try {
    renameSync(MARK, aside)
    // Another process was first and has set its mark.
    const now = Number(readFileSync(aside, 'utf8')) || null
    if (now !== holder && now !== null && isAlive(now)) return renameSync(aside, MARK)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  rmSync(aside, { force: true })
}
