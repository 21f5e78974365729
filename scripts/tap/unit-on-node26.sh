#!/usr/bin/env bash
# `npm run unit:node26 -- [PREFIX...]`: the unit stage on the Node that the Debian packages contain, which the whole suite
# does not run twice. PREFIX names a share of the files: `core-`, `cli-`, `hub-`, `edge-`, `agent-`.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/setup.d/runtime.sh
npm run --silent build
node scripts/build.mjs unit
# The programs that tests start by the name `node` run on it as well.
PATH=$PWD/scripts/deb/runtime/node_modules/node-linux-$(node -p process.arch)/bin:$PATH
out=.cache/unit-on-node26
mkdir -p "$out"
echo "Node $(node -p process.versions.node)"
status=0
node scripts/tap/run-unit.mjs "$@" | node scripts/tap/count.mjs "$out/log" "$out/counts" || status=$?
read -r passed failed <"$out/counts"
echo "$passed passed, $failed failed in $((SECONDS / 60)) min $((SECONDS % 60)) s"
exit $((status > 0 || failed > 0))
