/** Cells between the brackets. */
const WIDTH = 16

/** dBm. */
interface Limits {
  readonly lowAlarm?: number
  readonly lowWarning?: number
  readonly highWarning?: number
  readonly highAlarm?: number
}

/**
 * Light between the low and the high alarm: `#` up to the light, `|` at the warnings, `<` and `>` beyond an alarm;
 * always as wide. `-` alone: there is no light or no limit.
 */
export function lightBar(light: number | undefined, limits: Limits | undefined): string {
  const { lowAlarm: low, highAlarm: high } = limits ?? {}
  if (light === undefined || low === undefined || high === undefined || !(high > low)) {
    return '-'.padEnd(WIDTH + 2)
  }
  const place = (value: number): number => Math.round(((value - low) / (high - low)) * (WIDTH - 1))
  const marks = [limits?.lowWarning, limits?.highWarning].flatMap((mark) =>
    mark === undefined ? [] : [place(mark)],
  )
  const end = place(light)
  const cells = Array.from({ length: WIDTH }, (_, at): string => {
    if (marks.includes(at)) return '|'
    return at <= end ? '#' : '.'
  })
  if (light < low) cells[0] = '<'
  if (light > high) cells[WIDTH - 1] = '>'
  return `[${cells.join('')}]`
}
