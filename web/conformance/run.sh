#!/bin/sh
# The AI SDK's own client against the real binary. Says what to install when something is missing.
set -eu
[ -z "${STEERSMAN_BIN:-}" ] || STEERSMAN_BIN=$(realpath "$STEERSMAN_BIN")
cd "$(dirname "$0")"
STEERSMAN_BIN=${STEERSMAN_BIN:-$(realpath -m ../../target/release/steersman)}
export STEERSMAN_BIN

missing() {
  echo "The conformance tests need $1. $2" >&2
  exit 1
}

command -v node >/dev/null || missing "Node 20 or newer" "On Debian: apt-get install nodejs npm"
[ -x "$STEERSMAN_BIN" ] || missing "the binary" "Build it: cargo build --release -p steersman, or set STEERSMAN_BIN to its path."
[ -e ../node_modules/ai/package.json ] || missing "the page's packages" "In the folder web: npm ci --ignore-scripts"

exec node --test --test-timeout=900000 run.mjs
