# At most DEMARC_LAB_SLOTS guests run at a time on this machine (two cores carry two guests).

take_slot() {
  local slots=${DEMARC_LAB_SLOTS:-2} slot waited=
  mkdir -p "$CACHE"
  while true; do
    for ((slot = 1; slot <= slots; slot++)); do
      # Held through this open file until this shell ends; the guest does not inherit it.
      exec 5>"$CACHE/slot.$slot"
      flock -n 5 && return
    done
    [ -n "$waited" ] || say "waiting for a lab slot ($slots in use)"
    waited=yes
    sleep 0.5
  done
}
