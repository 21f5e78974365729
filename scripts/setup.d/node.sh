#!/usr/bin/env bash
# Checks that Node is new enough: Debian 13 has 20.19, Debian 12 has 18, which is too old.
set -euo pipefail

remedy() {
  cat <<'TEXT'
demarc needs Node 20.19 or newer, with npm. To install it:
  Debian 13:  apt-get install nodejs npm
  Debian 12:  its own Node is 18, which is too old; get one from https://nodejs.org/en/download or
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
