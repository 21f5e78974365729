/** Prints one line of JSON for `scripts/bench.mjs`; ratio is ours / rival. */
export function row(
  name: string,
  ours: number,
  rival: number | null,
  unit: 'ms' | 'MB' | 'packets',
): void {
  const tenths = (value: number) => Math.round(value * 10) / 10
  const ratio = rival === null ? null : Number((ours / rival).toFixed(3))
  const figures = { ours: tenths(ours), rival: rival === null ? null : tenths(rival), ratio }
  console.log(JSON.stringify({ name, ...figures, unit }))
}
