// Where everything of an installation lies.
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const MODULES = `${ROOT}node_modules`
/** What npm scripts and people start as `node` in the checkout. */
export const NODE_NAME = `${MODULES}/.bin/node`
/** The fetched runtime. It is beside the packages, so that it outlives their being installed again. */
export const RUNTIME_DIRECTORY = `${ROOT}runtime/node`
export const RUNTIME = `${RUNTIME_DIRECTORY}/bin/node`
