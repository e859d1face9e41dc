#!/bin/sh
# Drives the page in a real browser against the real binary. Says what to install when something is missing.
# Arguments name the test files to run; without any, all run.
set -eu
[ -z "${STEERSMAN_BIN:-}" ] || STEERSMAN_BIN=$(realpath "$STEERSMAN_BIN")
cd "$(dirname "$0")"
STEERSMAN_BIN=${STEERSMAN_BIN:-$(realpath -m ../../target/release/steersman)}
export STEERSMAN_BIN

missing() {
  echo "The browser tests need $1. $2" >&2
  exit 1
}

command -v node >/dev/null || missing "Node 20 or newer" "On Debian: apt-get install nodejs npm"
[ -x "${STEERSMAN_CHROMIUM:-/usr/bin/chromium}" ] || missing "Chromium" "On Debian: apt-get install chromium. Elsewhere set STEERSMAN_CHROMIUM to its path."
[ -x "$STEERSMAN_BIN" ] || missing "the binary" "Build it: cargo build --release -p steersman, or set STEERSMAN_BIN to its path."
[ -e ../node_modules/playwright-core ] || missing "what web/package.json lists" "Install it: cd web && npm ci --ignore-scripts"

# One file after the other: each has its own server, and two browsers at once would disturb what is measured.
[ $# -gt 0 ] || set -- ./*.test.mjs
exec node --test --test-concurrency=1 --test-timeout=900000 "$@"
