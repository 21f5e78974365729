#!/usr/bin/env bash
# Installs the npm packages of the lock file, unless exactly these are installed already.
set -euo pipefail
cd "$(dirname "$0")/../.."

stamp=node_modules/.demarc-lock
now=$(cat package-lock.json <(node -p 'process.versions.modules') | sha256sum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ]; then
  echo "the npm packages of the lock file are installed"
  exit 0
fi
npm ci --no-audit --no-fund --loglevel error </dev/null
echo "$now" >"$stamp"
