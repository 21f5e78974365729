# Builds the kernel module and the command of the virtual fibre against the installed headers of the guest's
# kernel. The result is cached under the hash of the sources. Sourced by scripts/lab.

ensure_vfiber() {
  local hash
  hash=$(cat "$PROJECT"/test/lab/vfiber/*/* | sha256sum | cut -c1-16)
  VFIBER=$CACHE/vfiber-$KERNEL-$hash
  [ -e "$VFIBER/vfiber.ko" ] || alone build_vfiber
}

build_vfiber() {
  [ -e "$VFIBER/vfiber.ko" ] && return
  say "building the virtual fibre for Linux $KERNEL"
  local work
  work=$(mktemp -d "$CACHE/vfiber.XXXXXX")
  cp -r "$PROJECT"/test/lab/vfiber/* "$work/"
  {
    make -s -C "/usr/src/linux-headers-$KERNEL" "M=$work/module" modules &&
      cc -std=gnu11 -O2 -Wall -Wextra -Werror -o "$work/module/vfiber" "$work"/command/*.c -lm
  } >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    rm -rf "$work"
    die "the virtual fibre does not build"
  }
  mkdir "$work/done"
  mv "$work/module/vfiber" "$work/module/vfiber.ko" "$work/done/"
  mv "$work/done" "$VFIBER"
  rm -rf "$work"
}
