#!/usr/bin/env bash
# Installs the missing Debian packages. Their services are neither started nor enabled on this machine:
# the lab starts its own copies.
set -euo pipefail
cd "$(dirname "$0")"

mapfile -t wanted < <(sed -e '/^#/d' -e '/^$/d' -e 's/ .*//' debian-packages)
if ! command -v dpkg-query >/dev/null; then
  echo "This is not a Debian machine. Install the equivalents of these packages: ${wanted[*]}"
  exit 78
fi

missing=()
for name in "${wanted[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$name")
done
# The lab downloads a kernel and a newer FRR, so apt needs a package index.
archive=$(apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages' | sed -n 1p)
if [ ${#missing[@]} = 0 ] && [ -n "$archive" ]; then
  echo "all ${#wanted[@]} Debian packages are installed"
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
  # A machine without network can still use what it has downloaded before.
  "${as_root[@]}" apt-get update -qq || echo "apt-get update failed; the lab may not be able to download its kernel"
  exit 0
fi
"${as_root[@]}" apt-get update -qq

# invoke-rc.d starts no service while policy-rc.d exits with 101; containers have a policy of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

# --no-upgrade keeps the installed versions; the packages that QEMU recommends would install a desktop.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends --no-upgrade "${missing[@]}" </dev/null | tail -n 3

declare -A services=([frr]=frr [bird2]=bird [gobgpd]=gobgpd [lldpd]=lldpd [openssh-server]=ssh [prometheus]=prometheus)
for name in "${missing[@]}"; do
  unit=${services[$name]:-}
  [ -n "$unit" ] || continue
  "${as_root[@]}" systemctl disable "$unit.service" >/dev/null 2>&1 || true
  echo "$name was installed with its service $unit disabled; systemctl enable --now $unit enables it"
done
