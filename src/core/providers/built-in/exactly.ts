/** What a rule takes that names each value, as ranges of one number. */
export function exactly(...values: readonly number[]): [number, number][] {
  return values.map((value) => [value, value])
}
