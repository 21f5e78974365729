# Boots one guest and waits for its end. Reads the LAB_* settings of scripts/lab.

# Seconds until the guest reports `hello`; an emulated guest takes 4 to 6 on an idle machine with two cores.
HELLO_KVM=15
HELLO_TCG=120

# KVM is used only if the processor supports it: some build machines have a /dev/kvm that hangs.
accelerators() {
  if [ -w /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo; then echo kvm; fi
  echo tcg
}

boot_guest() {
  remove_stale
  JOB=$(mktemp -d "${TMPDIR:-/tmp}/demarc-lab.$$.XXXXXX")
  trap 'end_guest; rm -rf "$JOB"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  mkdir -p "$JOB/job" "${LAB_OUT:=$JOB/out}"
  write_job
  local accelerator status
  for accelerator in $(accelerators); do
    run_guest "$accelerator"
    status=$?
    # 123: the guest did not come up under KVM, so emulation is tried.
    [ $status = 123 ] && [ "$accelerator" = kvm ] && continue
    [ $status = 123 ] && status=125
    exit $status
  done
}

# Removes the directories of labs that were ended by SIGKILL; their guests have ended with them.
remove_stale() {
  local dir owner
  for dir in "${TMPDIR:-/tmp}"/demarc-lab.*.*; do
    owner=${dir#*/demarc-lab.}
    [ -O "$dir" ] && [ ! -d "/proc/${owner%%.*}" ] && rm -rf "$dir"
  done
}

write_job() {
  {
    printf 'LAB_PROJECT=%q\n' "$PROJECT"
    printf 'LAB_DIRECTORY=%q\n' "$PROJECT"
    printf 'LAB_CACHE=%q\n' "$CACHE"
    printf 'LAB_MODULES=%q\n' "$MODULES"
    printf 'LAB_INIT=%q\n' "$LAB_INIT"
    printf 'LAB_MODE=%q\n' "$LAB_MODE"
    printf 'LAB_DISK=%q\n' "$LAB_DISK"
    printf 'LAB_ROOT=%q\n' "$LAB_ROOT"
    printf 'LAB_SCREEN="%s"\n' "$(stty size 2>/dev/null)"
    printf 'LAB_WARN=%q\n' $((LAB_TIMEOUT > 20 ? LAB_TIMEOUT - 10 : LAB_TIMEOUT))
  } >"$JOB/job/settings"
  printf '%s\0' "${LAB_COMMAND[@]}" >"$JOB/job/argv"
  guest_environment >"$JOB/job/env"
}

# The guest gets the caller's PATH, locale and test settings, not the whole environment.
guest_environment() {
  local name
  printf '%s\0' "PATH=$VFIBER:$PATH" HOME=/root "TERM=${TERM:-dumb}" "LANG=${LANG:-C.UTF-8}"
  printf '%s\0' DEMARC_LAB=1 DEMARC_OUT=/out "DEMARC_CACHE=$CACHE"
  for name in $(compgen -e | grep -E '^(CI|TAP_.*|TAPRC|NODE_.*|DEMARC_.*)$'); do
    case $name in DEMARC_LAB | DEMARC_OUT | DEMARC_CACHE) continue ;; esac
    printf '%s=%s\0' "$name" "${!name}"
  done
}

run_guest() {
  local accelerator=$1
  : >"$JOB/status"
  : >"$JOB/console"
  start_guest "$accelerator"
  local limit=$HELLO_TCG
  [ "$accelerator" = kvm ] && limit=$HELLO_KVM
  until reported hello; do
    running || { show_console "ended before it came up"; return 123; }
    [ $((SECONDS - STARTED)) -lt $limit ] || { end_guest; show_console "no hello after $limit s under $accelerator"; return 123; }
    sleep 0.1
  done
  [ -z "${LAB_VERBOSE:-}" ] || say "guest $LAB_NAME up under $accelerator after $(($(date +%s%3N) - STARTED_MS)) ms"
  while running; do
    if [ $((SECONDS - STARTED)) -ge "$LAB_TIMEOUT" ]; then
      end_guest
      show_console "hung: not done after $LAB_TIMEOUT s (${LAB_COMMAND[*]}); killed"
      return 124
    fi
    sleep 0.1
  done
  wait "${RELAYS[@]}"
  reported 'status [0-9]+' || { show_console "died while it ran: ${LAB_COMMAND[*]}"; return 125; }
  local status
  status=$(sed -n 's/^status //p' "$JOB/status")
  keep_console
  return "$status"
}

start_guest() {
  # An emulated processor with AVX2 and nested page tables of five levels costs the host a fifth more: programs
  # take the wide instructions where they find them. `rdrand` gives the kernel its first random numbers.
  local accelerator=$1 serial="file:$JOB/console" processor=Nehalem,+rdrand
  [ "$LAB_MODE" = shell ] && serial=mon:stdio
  [ "$accelerator" = kvm ] && processor=host
  [ "$accelerator" = tcg ] && accelerator=tcg,thread=multi
  STARTED=$SECONDS
  STARTED_MS=$(date +%s%3N)
  # pdeathsig: the guest ends with this shell, even if the shell is ended by SIGKILL.
  local command=(setpriv --pdeathsig KILL qemu-system-x86_64 -name "demarc-lab-$LAB_NAME"
    -accel "$accelerator" -cpu "$processor" -smp 2 -m "$LAB_MEMORY"
    -nodefaults -no-user-config -display none -no-reboot -nic none
    -kernel "$KERNEL_IMAGE" -initrd "$INITRAMFS"
    -append "console=ttyS0 quiet no_timer_check panic=-1 oops=panic mitigations=off random.trust_cpu=on net.ifnames=0 fstab=no systemd.gpt_auto=no"
    -serial "$serial"
    -device virtio-serial-pci
    -chardev "file,id=out,path=$JOB/stdout" -device virtserialport,chardev=out,name=lab.out
    -chardev "file,id=err,path=$JOB/stderr" -device virtserialport,chardev=err,name=lab.err
    -chardev "file,id=status,path=$JOB/status" -device virtserialport,chardev=status,name=lab.status
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap
    -virtfs "local,path=$JOB/job,mount_tag=job,security_model=none,readonly=on"
    -virtfs "local,path=$LAB_OUT,mount_tag=out,security_model=none")
  [ -z "$LAB_DISK" ] || command+=(-drive "file=$LAB_DISK,format=raw,if=virtio,cache=writeback")
  # QEMU opens these for writing only, which fails for a terminal or a socket, so pipes relay the output.
  rm -f "$JOB/stdout" "$JOB/stderr"
  mkfifo "$JOB/stdout" "$JOB/stderr"
  cat "$JOB/stdout" &
  RELAYS=($!)
  cat "$JOB/stderr" >&2 &
  RELAYS+=($!)
  if [ "$LAB_MODE" = shell ]; then
    "${command[@]}" <&0 2>>"$JOB/qemu" &
  else
    "${command[@]}" </dev/null >>"$JOB/qemu" 2>&1 &
  fi
  GUEST_PID=$!
}

# True when the guest has reported a line that matches the pattern.
reported() { grep -qE "^$1\$" "$JOB/status" 2>/dev/null; }
running() { kill -0 "$GUEST_PID" 2>/dev/null; }

end_guest() {
  [ -n "${GUEST_PID:-}" ] || return 0
  # If QEMU never opened its pipes, their readers would never end.
  reported hello || kill "${RELAYS[@]}" 2>/dev/null
  kill "$GUEST_PID" 2>/dev/null
  local try
  for try in 1 2 3 4 5 6 7 8 9 10; do
    running || break
    sleep 0.2
  done
  running && kill -KILL "$GUEST_PID" 2>/dev/null
  wait "${RELAYS[@]}" 2>/dev/null
  GUEST_PID=
}

# Prints what went wrong with the guest, and the last lines of its console and of QEMU.
show_console() {
  say "guest $LAB_NAME $1"
  tail -n 60 "$JOB/console" "$JOB/qemu" >&2
  keep_console
}

keep_console() {
  [ "$LAB_OUT" = "$JOB/out" ] || cat "$JOB/qemu" "$JOB/console" >"$LAB_OUT/console.log"
}
