// The paths of an installation.
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const MODULES = `${ROOT}node_modules`
/** What npm scripts and people start as `node` in the checkout. */
export const NODE_NAME = `${MODULES}/.bin/node`
/** The downloaded runtime. It is outside the packages, so that it stays when they are installed again. */
export const RUNTIME_DIRECTORY = `${ROOT}runtime/node`
export const RUNTIME = `${RUNTIME_DIRECTORY}/bin/node`
