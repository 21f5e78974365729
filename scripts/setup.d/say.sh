# Sourced by the commands in scripts/: prints messages, and steps with their duration.

say() { printf '%s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

# step TITLE COMMAND...: runs the command, indents its output, and prints how long it took.
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
