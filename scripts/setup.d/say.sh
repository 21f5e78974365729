# Sourced by the commands in scripts/: one way to say what is done and how long it took.

say() { printf '%s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

# step TITLE COMMAND...: runs the command, its output indented, and says how long it took.
step() {
  local title=$1 started=$SECONDS status
  shift
  say "==> $title"
  "$@" </dev/null 2>&1 | sed -u 's/^/    /'
  status=${PIPESTATUS[0]}
  if [ "$status" = 0 ]; then
    say "    done in $((SECONDS - started)) s"
  else
    say "    FAILED ($title, exit $status) after $((SECONDS - started)) s"
  fi
  return "$status"
}
