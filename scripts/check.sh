#!/usr/bin/env bash
# Format, lint, types, references and tests, in the order of their cost. `npm run check` calls this; with
# `--static` it leaves out the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

biome ci .
tsc --noEmit
node scripts/generate-references.ts --check
[ "${1:-}" = --static ] || vitest run
