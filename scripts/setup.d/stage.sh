# Sourced by scripts/test: runs one stage that prints TAP and adds its counts to the sums.

logs=.cache/test
passed=0
failed=0
report=()

# Seconds for all stages. CI kills a run after 90 minutes, and a killed run prints no summary.
total=4800

# stage NAME LIMIT COMMAND...: LIMIT in seconds. A stage that crashes, hangs or runs no test counts as failed.
stage() {
  local name=$1 limit=$2 started=$SECONDS status ran=0 bad=0
  shift 2
  if ((limit > total - SECONDS)); then limit=$((total - SECONDS > 1 ? total - SECONDS : 1)); fi
  say "==> $name"
  rm -f "$logs/$name.counts"
  timeout --kill-after=30 "$limit" "$@" </dev/null 2>"$logs/$name.err" |
    node scripts/tap/count.mjs "$logs/$name.tap" "$logs/$name.counts" | sed -u 's/^/    /'
  status=${PIPESTATUS[0]}
  if [ -f "$logs/$name.counts" ]; then read -r ran bad <"$logs/$name.counts"; else bad=1; fi
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  if [ "$status" = 124 ] || [ "$status" = 137 ]; then note "stopped: it took longer than $limit s"; fi
  if [ "$bad" != 0 ]; then
    note "exit $status; the whole output is in $logs/$name.tap and $logs/$name.err, which ends with:"
    tail -n 30 "$logs/$name.err" | sed 's/^/    | /'
  fi
  note "$ran passed, $bad failed, $((SECONDS - started)) s"
  report+=("$(printf '%-16s %5d passed %5d failed %5d s' "$name" "$ran" "$bad" $((SECONDS - started)))")
  passed=$((passed + ran))
  failed=$((failed + bad))
}

# required TITLE COMMAND...: runs a step without tests; when it fails, the run fails.
required() {
  step "$@" || {
    failed=$((failed + 1))
    report+=("$(printf '%-16s failed' "$1")")
    return 1
  }
}
