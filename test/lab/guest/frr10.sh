# Unpacks the FRR of the next Debian release beside the machine's own. Sourced by scripts/lab.

FRR10_SUITE=trixie

# The package archive that this machine installs from.
debian_archive() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    grep -v -e security -e '^file:' -e '^cdrom:' | head -1
}

ensure_frr10() {
  FRR10=$CACHE/frr10
  [ -e "$FRR10/.whole" ] || alone unpack_frr10
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

unpack_frr10() {
  [ -e "$FRR10/.whole" ] && return
  command -v debootstrap >/dev/null || die "debootstrap is missing; run: apt-get install debootstrap"
  local archive
  archive=$(debian_archive)
  [ -n "$archive" ] || die "apt names no package archive; check /etc/apt and run: apt-get update"
  say "unpacking FRR 10 ($FRR10_SUITE): about half a minute"
  as_root true || die "FRR 10 is unpacked as root; run once: sudo DEMARC_CACHE=$CACHE scripts/lab setup"
  as_root rm -rf "$FRR10"
  rm -rf "$FRR10.debs"
  # Packages are only unpacked: their scripts need a whole system and take minutes.
  debootstrap --download-only --variant=minbase --include=frr "$FRR10_SUITE" "$FRR10.debs" "$archive" \
    >"$CACHE/frr10.log" 2>&1 || die "debootstrap failed; see $CACHE/frr10.log"
  local debs=$FRR10.debs/var/cache/apt/archives package
  mkdir -p "$FRR10"
  # base-files first: it has /bin, /lib and /sbin as links into /usr.
  for package in "$debs"/base-files_*.deb "$debs"/*.deb; do dpkg-deb -x "$package" "$FRR10"; done
  users_frr10
  rm -rf "$FRR10.debs"
  as_root chroot "$FRR10" /usr/lib/frr/bgpd --version >>"$CACHE/frr10.log" 2>&1 ||
    die "FRR 10 does not run; see $CACHE/frr10.log"
  touch "$FRR10/.whole"
}

# Creates the users and groups that the scripts of base-passwd and frr would create.
users_frr10() {
  printf 'root:x:0:0::/root:/bin/sh\nfrr:x:100:100::/nonexistent:/usr/sbin/nologin\n' >"$FRR10/etc/passwd"
  printf 'root:x:0:\nfrr:x:100:\nfrrvty:x:101:frr\n' >"$FRR10/etc/group"
  mkdir -p "$FRR10"/{dev,proc,run/frr,tmp,var/log/frr,var/tmp/frr}
  # vtysh uses PAM, whose common files the package scripts would create.
  printf 'auth sufficient pam_rootok.so\naccount sufficient pam_rootok.so\n' | tee "$FRR10/etc/pam.d/frr" >"$FRR10/etc/pam.d/other"
  [ -e "$FRR10/var/run" ] || ln -s /run "$FRR10/var/run"
  as_root chroot "$FRR10" /bin/chown -R frr:frr /run/frr /etc/frr /var/log/frr /var/tmp/frr
}
