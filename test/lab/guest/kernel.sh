# Downloads the Debian kernel package and unpacks it into the cache. Nothing is installed on the host.

ensure_kernel() {
  KERNEL=$(kernel_version)
  KERNEL_DIR=$CACHE/kernel/$KERNEL
  KERNEL_IMAGE=$KERNEL_DIR/boot/image
  MODULES=$KERNEL_DIR/lib/modules/$KERNEL
  [ -e "$KERNEL_DIR/complete" ] || alone unpack_kernel
}

unpack_kernel() {
  [ -e "$KERNEL_DIR/complete" ] && return
  say "fetching Linux $KERNEL (about 70 MB, once)"
  local work
  work=$(mktemp -d "$CACHE/kernel.XXXXXX")
  download_package "$work" "linux-image-$KERNEL" || {
    rm -rf "$work"
    die "linux-image-$KERNEL cannot be downloaded; run: apt-get update && apt-get install linux-headers-amd64"
  }
  dpkg-deb -x "$work"/linux-image-*.deb "$work/root"
  depmod -b "$work/root" "$KERNEL"
  uncompressed "$work/root/boot/vmlinuz-$KERNEL" >"$work/root/boot/image" ||
    cp "$work/root/boot/vmlinuz-$KERNEL" "$work/root/boot/image"
  rm -rf "$work/root/usr" "$KERNEL_DIR"
  touch "$work/root/complete"
  mkdir -p "$CACHE/kernel"
  mv "$work/root" "$KERNEL_DIR"
  rm -rf "$work"
}

# Prints the ELF image inside a bzImage. An emulated processor takes 3 s to decompress it at every boot.
uncompressed() {
  local start image
  start=$(LC_ALL=C grep -m1 -obUaP '\xFD7zXZ\x00' "$1" | head -1 | cut -d: -f1)
  [ -n "$start" ] || return 1
  image=$1.elf
  # xz fails on the data after the stream, so the ELF magic shows whether the decompression worked.
  tail -c +$((start + 1)) "$1" | xz -dc >"$image" 2>/dev/null
  [ "$(head -c 4 "$image" | tail -c 3)" = ELF ] && cat "$image"
  local status=$?
  rm -f "$image"
  return $status
}

# Downloads one Debian package into a directory; if that fails, root updates the package lists and tries again.
download_package() {
  local into=$1 package=$2
  (cd "$into" && apt-get -qq -o APT::Sandbox::User= download "$package" >/dev/null 2>&1) && return
  [ "$(id -u)" = 0 ] && apt-get -qq update >&2
  (cd "$into" && apt-get -qq -o APT::Sandbox::User= download "$package" >&2)
}
