# Unpacks the FRR of newer Debian releases beside the machine's own. Sourced by scripts/lab.

# Prints the Debian suite that has this version of FRR.
frr_suite() {
  case $1 in
    10.3) echo trixie ;;
    10.7) echo forky ;;
    *) die "FRR $1 is not known here; 10.3 and 10.7 are" ;;
  esac
}

# The package archive that this machine installs from, for debootstrap; without one of both, the end.
debian_archive() {
  command -v debootstrap >/dev/null || die "debootstrap is missing; run: apt-get install debootstrap"
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    grep -v -e security -e '^file:' -e '^cdrom:' | awk 'NR == 1; END { exit NR == 0 }' ||
    die "apt names no package archive; check /etc/apt and run: apt-get update"
}

# ensure_frr VERSION: its root directory is $CACHE/frr-VERSION afterwards.
ensure_frr() {
  FRR_SUITE=$(frr_suite "$1") || exit
  FRR_VERSION=$1
  FRR_ROOT=$CACHE/frr-$1
  [ -e "$FRR_ROOT/.whole" ] || alone unpack_frr
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

unpack_frr() {
  [ -e "$FRR_ROOT/.whole" ] && return
  local archive
  archive=$(debian_archive) || exit
  say "unpacking FRR $FRR_VERSION ($FRR_SUITE): about half a minute"
  as_root true || die "FRR $FRR_VERSION is unpacked as root; run once: sudo DEMARC_CACHE=$CACHE scripts/lab setup"
  as_root rm -rf "$FRR_ROOT"
  rm -rf "$FRR_ROOT.debs"
  # Packages are only unpacked: their scripts need a whole system and take minutes.
  # The script is named because an older debootstrap does not know a newer suite; Debian's suites share it.
  debootstrap --download-only --variant=minbase --include=frr "$FRR_SUITE" "$FRR_ROOT.debs" "$archive" \
    /usr/share/debootstrap/scripts/sid >"$CACHE/frr-$FRR_VERSION.log" 2>&1 || die "debootstrap failed; see $CACHE/frr-$FRR_VERSION.log"
  local debs=$FRR_ROOT.debs/var/cache/apt/archives package
  mkdir -p "$FRR_ROOT"
  # base-files first: it has /bin, /lib and /sbin as links into /usr.
  for package in "$debs"/base-files_*.deb "$debs"/*.deb; do dpkg-deb -x "$package" "$FRR_ROOT"; done
  users_frr
  rm -rf "$FRR_ROOT.debs"
  as_root chroot "$FRR_ROOT" /usr/lib/frr/bgpd --version >>"$CACHE/frr-$FRR_VERSION.log" 2>&1 ||
    die "FRR $FRR_VERSION does not run; see $CACHE/frr-$FRR_VERSION.log"
  touch "$FRR_ROOT/.whole"
}

# Creates the users and groups that the scripts of base-passwd and frr would create.
users_frr() {
  printf 'root:x:0:0::/root:/bin/sh\nfrr:x:100:100::/nonexistent:/usr/sbin/nologin\n' >"$FRR_ROOT/etc/passwd"
  printf 'root:x:0:\nfrr:x:100:\nfrrvty:x:101:frr\n' >"$FRR_ROOT/etc/group"
  mkdir -p "$FRR_ROOT"/{dev,proc,run/frr,tmp,var/log/frr,var/tmp/frr}
  # vtysh uses PAM, whose common files the package scripts would create.
  printf 'auth sufficient pam_rootok.so\naccount sufficient pam_rootok.so\n' | tee "$FRR_ROOT/etc/pam.d/frr" >"$FRR_ROOT/etc/pam.d/other"
  [ -e "$FRR_ROOT/var/run" ] || ln -s /run "$FRR_ROOT/var/run"
  as_root chroot "$FRR_ROOT" /bin/chown -R frr:frr /run/frr /etc/frr /var/log/frr /var/tmp/frr
}
