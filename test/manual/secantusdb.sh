#!/usr/bin/env bash
# Runs every suite that needs a server of MongoDB against SecantusDB: WiredTiger storage, a replica set of one with
# change streams, nearer to the real one than what `npm test` builds. Needs Python 3.11 or newer; not part of `npm test`.
#
#   test/manual/secantusdb.sh                           installs it into a directory of its own first
#   OIDC_OP_TEST_SECANTUSDB=/path/to/secantusd-py test/manual/secantusdb.sh
#   COUNTERSIGN_LONG_TESTS=1 test/manual/secantusdb.sh  the long versions of the fault tests
set -uo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

if [ -z "${OIDC_OP_TEST_SECANTUSDB:-}" ]; then
  python3 -m venv "$directory/venv" && "$directory/venv/bin/pip" install -q secantusdb==0.7.0b3 || exit 1
  OIDC_OP_TEST_SECANTUSDB="$directory/venv/bin/secantusd-py"
fi
export OIDC_OP_TEST_SECANTUSDB

# In parts, so that one that hangs or dies does not hide the others.
status=0
part() {
  local name=$1
  shift
  echo "— $name"
  vitest run "$@" --reporter=default --reporter=json --outputFile.json="$directory/report.json" >"$directory/log" 2>&1 ||
    { status=1; grep -E '^ *(FAIL|Error|AssertionError)|×' "$directory/log" | sort -u | head -60; }
  node .ci/tally.mjs "$directory/report.json" || status=1
}

mapfile -t own < <(grep -rlE 'describeWithMongo|startMongo' test --include='*.test.ts' | sort)
part 'suites with a server of their own' --project sqlite "${own[@]}"
for room in test/oidc test/e2e test/http/admin test/http/stream; do part "$room" --project mongodb "$room"; done
part 'test/http' --project mongodb --exclude 'test/http/{admin,stream}/**' test/http
exit $status
