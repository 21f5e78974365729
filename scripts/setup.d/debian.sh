#!/usr/bin/env bash
# Installs the Debian packages that are missing. Services among them are neither started nor enabled
# on this machine: the lab starts its own copies.
set -euo pipefail
cd "$(dirname "$0")"

mapfile -t wanted < <(sed -e '/^#/d' -e '/^$/d' -e 's/ .*//' debian-packages)
if ! command -v dpkg-query >/dev/null; then
  echo "This is no Debian machine. What must be here: ${wanted[*]}"
  exit 78
fi

missing=()
for name in "${wanted[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$name")
done
# The lab fetches a kernel and a newer FRR from the archive, so apt must know one.
archive=$(apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages' | sed -n 1p)
if [ ${#missing[@]} = 0 ] && [ -n "$archive" ]; then
  echo "all ${#wanted[@]} Debian packages are here"
  exit 0
fi
[ ${#missing[@]} = 0 ] || echo "missing: ${missing[*]}"

as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "Run this, then start again:"
    echo "  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
    exit 77
  fi
  as_root=(sudo -n)
fi
if [ ${#missing[@]} = 0 ]; then
  # A machine without network can still run what it has fetched before.
  "${as_root[@]}" apt-get update -qq || echo "apt knows no archive; the lab may not be able to fetch"
  exit 0
fi
"${as_root[@]}" apt-get update -qq

# invoke-rc.d starts nothing while policy-rc.d says 101; containers bring one of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

# --no-upgrade keeps what the machine has; recommended packages would bring a desktop's worth of QEMU.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends --no-upgrade "${missing[@]}" </dev/null | tail -n 3

declare -A services=([frr]=frr [bird2]=bird [gobgpd]=gobgpd [openssh-server]=ssh)
for name in "${missing[@]}"; do
  unit=${services[$name]:-}
  [ -n "$unit" ] || continue
  "${as_root[@]}" systemctl disable "$unit.service" >/dev/null 2>&1 || true
  echo "$name was installed with its service $unit off; systemctl enable --now $unit turns it on"
done
