/** The middle of the values; NaN where there are none. */
export function median(values: readonly number[]): number {
  return medianOfSorted([...values].toSorted((a, b) => a - b))
}

/** The same of values in ascending order. */
export function medianOfSorted(sorted: ArrayLike<number>): number {
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

/** The standard deviation of normally distributed values by their median absolute deviation. */
export function robustDeviation(values: readonly number[]): number {
  const middle = median(values)
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)))
}

/** Correlation of each value with the next one, 0 to 0.9: how much of a series is said twice. */
export function persistence(values: readonly number[]): number {
  const middle = values.reduce((total, value) => total + value, 0) / values.length
  const centred = values.map((value) => value - middle)
  const power = centred.reduce((total, value) => total + value * value, 0)
  const shared = centred.reduce((total, value, at) => total + value * (centred[at + 1] ?? 0), 0)
  return power === 0 ? 0 : Math.min(0.9, Math.max(0, shared / power))
}
