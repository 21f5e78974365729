/** Characters of the longest name that is compared; comparing takes time in proportion to its square. */
const LENGTH_MAX = 40

/** The most similar candidate: at most one slip in a name of 3 characters, two, or a third of its length. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LENGTH_MAX) return undefined
  let best: string | undefined
  let least = 1 + (word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3)))
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= least) continue
    const slips = distance(plain(word), plain(candidate))
    if (slips < least) {
      best = candidate
      least = slips
    }
  }
  return best
}

/** `; did you mean "x"?`, or an empty text where no candidate is similar. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const guess = nearest(word, candidates)
  return guess === undefined ? '' : `; did you mean "${guess}"?`
}

/** `hold_time`, `hold-time` and `holdTime` are compared as the same name. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '')
}

/** The Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
