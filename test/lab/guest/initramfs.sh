# Builds the initramfs of the guest: busybox, the modules to mount the host's root over 9p, and `init`.
# It is cached under the hash of its inputs.

INITRAMFS_MODULES="virtio_pci virtio_console 9pnet_virtio 9p overlay"

ensure_initramfs() {
  local hash
  hash=$(cat "$GUEST/init" "$GUEST/initramfs.sh" /bin/busybox | sha256sum | cut -c1-16)
  INITRAMFS=$CACHE/initramfs-$KERNEL-$hash
  [ -e "$INITRAMFS" ] || alone build_initramfs
}

build_initramfs() {
  [ -e "$INITRAMFS" ] && return
  say "building the initramfs"
  local work
  work=$(mktemp -d "$CACHE/initramfs.XXXXXX")
  mkdir -p "$work"/{bin,proc,sys,dev,modules}
  cp "$(command -v busybox)" "$work/bin/busybox"
  local tool
  for tool in sh mount mkdir insmod switch_root ln echo; do ln -s busybox "$work/bin/$tool"; done
  cp "$GUEST/init" "$work/init"
  chmod +x "$work/init"
  list_modules | while read -r path; do cp "$path" "$work/modules/"; done
  list_modules | xargs -n1 basename >"$work/modules/order"
  (cd "$work" && find . | cpio --quiet -o -H newc) >"$work.cpio"
  rm -rf "$work"
  mv "$work.cpio" "$INITRAMFS"
}

# Prints the paths of the modules and of their dependencies, in loading order.
list_modules() {
  local module
  for module in $INITRAMFS_MODULES; do
    modprobe -d "$KERNEL_DIR" -S "$KERNEL" --show-depends "$module"
  done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}
