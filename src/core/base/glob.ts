/** Whether the name matches a pattern: `*` stands for any characters, `?` for one. */
export function matchesAny(name: string, globs: readonly string[]): boolean {
  return globs.some((glob) => matches(name, glob))
}

/** Only returns to the last `*`, so the time is at most proportional to the product of the lengths. */
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
