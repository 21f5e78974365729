# Unpacks the FRR of the next Debian release beside the machine's own. Sourced by scripts/lab.

FRR10_SUITE=trixie

# The archive this machine itself installs from.
debian_archive() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    grep -v -e security -e '^file:' -e '^cdrom:' | head -1
}

ensure_frr10() {
  FRR10=$CACHE/frr10
  [ -e "$FRR10/.whole" ] || alone unpack_frr10
}

unpack_frr10() {
  [ -e "$FRR10/.whole" ] && return
  command -v debootstrap >/dev/null || die "debootstrap is missing; run: apt-get install debootstrap"
  local archive
  archive=$(debian_archive)
  [ -n "$archive" ] || die "apt names no package archive; check /etc/apt and run: apt-get update"
  say "unpacking FRR 10 ($FRR10_SUITE): about two minutes"
  rm -rf "$FRR10"
  debootstrap --variant=minbase --include=frr "$FRR10_SUITE" "$FRR10" "$archive" \
    >"$CACHE/frr10.log" 2>&1 || die "debootstrap failed; see $CACHE/frr10.log"
  rm -rf "$FRR10/var/cache/apt/archives" "$FRR10/var/lib/apt/lists"
  mkdir -p "$FRR10/run/frr"
  touch "$FRR10/.whole"
}
