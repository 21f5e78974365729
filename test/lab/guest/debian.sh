# A root of Debian 13 beside the machine's own, in which the packages are tested. Sourced by scripts/lab.

# What the packages depend on, and what their test in the guest starts.
DEBIAN_PACKAGES=systemd,systemd-sysv,dbus,udev,libatomic1,libstdc++6,frr,bird2,nodejs,openssh-server,openssh-client,openssl,sudo
DEBIAN_PACKAGES+=,iproute2,iputils-ping,iputils-arping,ndisc6,fping,kmod,nftables,procps

# ensure_debian: the root is $CACHE/debian-13 afterwards.
ensure_debian() {
  DEBIAN_ROOT=$CACHE/debian-13
  is_debian_made || alone make_debian
}

# The root has these packages, and its installation came to its end.
is_debian_made() { [ "$(cat "$DEBIAN_ROOT/.whole" 2>/dev/null)" = "$DEBIAN_PACKAGES" ]; }

make_debian() {
  if is_debian_made; then return; fi
  local archive
  archive=$(debian_archive) || exit
  say "installing Debian 13 into a root of its own: about two minutes"
  as_root true || die "Debian 13 is installed as root; run once: sudo DEMARC_CACHE=$CACHE scripts/lab setup"
  as_root rm -rf "$DEBIAN_ROOT"
  as_root debootstrap --variant=minbase "--include=$DEBIAN_PACKAGES" trixie "$DEBIAN_ROOT" "$archive" \
    >"$CACHE/debian-13.log" 2>&1 </dev/null || die "debootstrap failed; see $CACHE/debian-13.log"
  # Without an id of the machine, systemd takes each boot for the first and enables every service.
  tr -d - </proc/sys/kernel/random/uuid | as_root tee "$DEBIAN_ROOT/etc/machine-id" >/dev/null
  as_root rm -rf "$DEBIAN_ROOT/var/cache/apt/archives"
  as_root tee "$DEBIAN_ROOT/.whole" <<<"$DEBIAN_PACKAGES" >/dev/null
}
