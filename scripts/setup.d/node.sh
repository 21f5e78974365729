#!/usr/bin/env bash
# Checks that a Node new enough is here. Debian 12's own (18) is not; Debian 13's (20.19) is.
set -euo pipefail

remedy() {
  cat <<'TEXT'
demarc needs Node 20.19 or newer, with npm. To install it:
  Debian 13:  apt-get install nodejs npm
  Debian 12:  its own Node is 18; take one from https://nodejs.org/en/download or
              https://github.com/nodesource/distributions
TEXT
}

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "Node or npm is missing."
  remedy
  exit 78
fi
version=$(node -p process.versions.node)
IFS=. read -r major minor _ <<<"$version"
if ((major < 20 || (major == 20 && minor < 19))); then
  echo "Node is $version."
  remedy
  exit 78
fi
echo "Node $version"
