/** Rings once, ms from when it was last set; null: not at all. It keeps no process alive. */
export function createAlarm(ring: () => void): (within: number | null) => void {
  let timer: NodeJS.Timeout | undefined
  return (within) => {
    clearTimeout(timer)
    timer = within === null ? undefined : setTimeout(ring, within).unref()
  }
}
