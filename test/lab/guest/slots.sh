# Limits the guests that run at the same time on this machine to DEMARC_LAB_SLOTS (two cores can run two).

take_slot() {
  local slots=${DEMARC_LAB_SLOTS:-2} slot waited=
  mkdir -p "$CACHE"
  while true; do
    for ((slot = 1; slot <= slots; slot++)); do
      # The lock is held through this open file until this shell ends; the guest does not inherit it.
      exec 5>"$CACHE/slot.$slot"
      flock -n 5 && return
    done
    [ -n "$waited" ] || say "waiting for a lab slot ($slots in use)"
    waited=yes
    sleep 0.5
  done
}
