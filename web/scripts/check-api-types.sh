#!/bin/sh
# The types of the page are those of the API: fails when src/api/schema.d.ts is not what docs/reference/openapi.json gives.
set -eu
cd "$(dirname "$0")/../tools/openapi"
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund
fi
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
npx --no-install openapi-typescript ../../../docs/reference/openapi.json --output "$fresh" \
  --root-types --root-types-no-schema-prefix >/dev/null
if ! cmp -s "$fresh" ../../src/api/schema.d.ts; then
  diff -u ../../src/api/schema.d.ts "$fresh" | head -n 40 >&2 || true
  echo "web/src/api/schema.d.ts is older than the API. Make it anew: cd web && npm run api" >&2
  exit 1
fi
