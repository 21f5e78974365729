# Where the lab keeps what it prepared, and which kernel it boots. Sourced by the other files here.

PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
GUEST=$PROJECT/test/lab/guest
CACHE=${DEMARC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/demarc}

# A plain user's PATH lacks sbin on Debian, and the guest, where all is root, has the caller's.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { echo "lab: $*" >&2; }
die() { say "$*"; exit 125; }

# Runs the rest of the line only once at a time on this machine, so that two labs starting together
# do not build the same thing twice.
alone() {
  mkdir -p "$CACHE"
  local lock
  exec {lock}>"$CACHE/setup.lock"
  flock "$lock"
  "$@"
  exec {lock}>&-
}

# The guest runs the newest kernel whose headers are installed, so that the virtual fibre fits it.
kernel_version() {
  local dirs
  dirs=$(ls -d /usr/src/linux-headers-*-"$(dpkg --print-architecture)" 2>/dev/null | sort -V | tail -1)
  [ -n "$dirs" ] || die "no kernel headers; run: apt-get install linux-headers-amd64"
  echo "${dirs#/usr/src/linux-headers-}"
}
