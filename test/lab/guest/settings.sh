# Paths of the lab, its messages, and the version of its kernel. Sourced by scripts/lab.

PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
GUEST=$PROJECT/test/lab/guest
CACHE=${DEMARC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/demarc}

# A Debian user's PATH has no sbin, and root in the guest gets the caller's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { echo "lab: $*" >&2; }
die() { say "$*"; exit 125; }

# Runs a command under a lock, so that two labs that start together do not build the same thing twice.
alone() {
  mkdir -p "$CACHE"
  local lock
  exec {lock}>"$CACHE/setup.lock"
  flock "$lock"
  "$@"
  exec {lock}>&-
}

# The guest boots the newest kernel whose headers are installed, because the virtual fibre is built against them.
kernel_version() {
  local dirs
  dirs=$(ls -d /usr/src/linux-headers-*-"$(dpkg --print-architecture)" 2>/dev/null | sort -V | tail -1)
  [ -n "$dirs" ] || die "no kernel headers; run: apt-get install linux-headers-amd64"
  echo "${dirs#/usr/src/linux-headers-}"
}
