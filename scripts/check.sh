#!/usr/bin/env bash
# Format, lint, types, references and tests, the cheap ones first; all of them run, so that one run shows
# every fault. `npm run check` calls this; with `--static` it leaves out the tests.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

status=0
biome ci . || status=1
tsc --noEmit || status=1
node scripts/generate-references.ts --check || status=1
[ "${1:-}" = --static ] || vitest run || status=1
exit $status
