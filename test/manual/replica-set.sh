#!/usr/bin/env bash
# Runs the suites that need a server against a real replica set of three members on this machine, and lets the
# primary step down and die meanwhile. Needs `mongod` and `mongosh` on the PATH; not part of `npm test`.
#
#   test/manual/replica-set.sh            everything once
#   ROUNDS=20 test/manual/replica-set.sh  so many elections under load
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"
rounds=${ROUNDS:-3}
base=${BASE_PORT:-27117}
directory=$(mktemp -d)
pids=()

start() {
  mkdir -p "$directory/$1"
  mongod --replSet rs0 --port $((base + $1)) --bind_ip 127.0.0.1 --dbpath "$directory/$1" \
    --setParameter enableTestCommands=1 >"$directory/$1.log" 2>&1 &
  pids[$1]=$!
}
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait || true
  rm -rf "$directory"
}
trap finish EXIT

for member in 0 1 2; do start "$member"; done
for member in 0 1 2; do
  until mongosh --quiet --port $((base + member)) --eval 'db.hello().ok' >/dev/null 2>&1; do sleep 0.2; done
done
mongosh --quiet --port "$base" --eval "rs.initiate({ _id: 'rs0', members: [0, 1, 2].map((n) => ({ _id: n, host: '127.0.0.1:' + ($base + n) })) })"
export OIDC_OP_TEST_MONGODB_URI="mongodb://127.0.0.1:$base,127.0.0.1:$((base + 1)),127.0.0.1:$((base + 2))/?replicaSet=rs0"
until mongosh --quiet "$OIDC_OP_TEST_MONGODB_URI" --eval 'db.hello().isWritablePrimary' 2>/dev/null | grep -q true; do sleep 0.2; done

echo '— the laws of every back end, on a set'
vitest run --project sqlite test/storage/back-end.mongodb.test.ts test/accounts/repositories.mongodb.test.ts \
  test/documents/mongodb.test.ts test/maintenance/copy/copy.test.ts test/log/mongodb

primary() {
  mongosh --quiet "$OIDC_OP_TEST_MONGODB_URI" --eval 'db.hello().me' | tail -1
}

echo "— three nodes under load, $rounds elections by step-down and by kill -9"
COUNTERSIGN_LONG_TESTS=1 vitest run --project sqlite test/faults/three-nodes.test.ts &
load=$!
for ((round = 0; round < rounds; round += 1)); do
  sleep 3
  kill -0 "$load" 2>/dev/null || break
  if ((round % 2 == 0)); then
    mongosh --quiet "$OIDC_OP_TEST_MONGODB_URI" --eval 'rs.stepDown(5, 5)' >/dev/null 2>&1 || true
  else
    member=$(($(primary | sed 's/.*://') - base))
    kill -9 "${pids[$member]}"
    sleep 2
    start "$member"
  fi
done
wait "$load"
echo '— done'
