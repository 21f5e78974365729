/** Whether the interface name fits one of the patterns, in which `*` and `?` stand for characters. */
export function matchesAny(name: string, globs: readonly string[]): boolean {
  return globs.some((glob) => matches(name, glob))
}

/** Goes back to the last `*` only, so time is bounded by the product of the lengths. */
function matches(name: string, glob: string): boolean {
  let at = 0
  let star = -1
  let resume = 0
  let place = 0
  while (at < name.length) {
    const want = glob[place]
    if (want === '*') {
      star = place++
      resume = at
    } else if (want === '?' || want === name[at]) {
      place++
      at++
    } else if (star >= 0) {
      place = star + 1
      at = ++resume
    } else {
      return false
    }
  }
  return /^\**$/.test(glob.slice(place))
}
