#!/usr/bin/env bash
# Fetches the Node that the Debian packages contain, for each architecture, by the checksums of its lock file.
set -euo pipefail
cd "$(dirname "$0")/../deb/runtime"

stamp=node_modules/.demarc-lock
now=$(sha256sum <package-lock.json)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ]; then
  echo "the Node of the packages is there"
  exit 0
fi
# --force, because each package is only for its own architecture.
npm ci --force --ignore-scripts --no-audit --no-fund --loglevel error </dev/null
echo "$now" >"$stamp"
