#!/bin/sh
# Drives the page in a real browser against the real binary. Says what to install when something is missing.
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
command -v npm >/dev/null || missing "npm" "On Debian: apt-get install npm"
[ -x "${STEERSMAN_CHROMIUM:-/usr/bin/chromium}" ] || missing "Chromium" "On Debian: apt-get install chromium. Elsewhere set STEERSMAN_CHROMIUM to its path."
[ -x "$STEERSMAN_BIN" ] || missing "the binary" "Build it: cargo build --release -p steersman, or set STEERSMAN_BIN to its path."

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund
fi

exec node --test --test-timeout=180000 run.mjs
