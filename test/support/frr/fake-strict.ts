/** BFD strict mode of the fake FRR. As FRR 10.7, it keeps the mode also where it prints nothing. */

interface StrictMode {
  readonly on: boolean
  /** Seconds. */
  readonly holdTime: number
}

export type StrictModes = Map<string, StrictMode>

/** By the key of the fake FRR's lines. */
type Lines = Map<string, string>

const DEFAULT_HOLD_TIME = 30
const OFF: StrictMode = { on: false, holdTime: DEFAULT_HOLD_TIME }

/** FRR 10.4 and newer know the mode; null: this one does not. */
export function strictModes(version: string): StrictModes | null {
  return /^10\.([4-9]|\d\d)/.test(version) ? new Map() : null
}

export function isStrictLine(line: string): boolean {
  return / bfd strict\b/.test(line)
}

/** `no … strict` alone keeps the hold time. With a hold time, the line sets BFD as well. */
export function setStrict(modes: StrictModes, lines: Lines, line: string): void {
  const [, no, neighbor = '', timed, seconds = DEFAULT_HOLD_TIME] =
    /^(no )?(neighbor \S+) bfd strict( hold-time)?(?: (\d+))?$/.exec(line) ?? []
  const before = modes.get(neighbor) ?? OFF
  const holdTime = timed === undefined ? before.holdTime : Number(seconds)
  modes.set(neighbor, { on: no === undefined, holdTime })
  if (timed !== undefined) lines.set(`${neighbor} bfd`, `${neighbor} bfd`)
}

/** Prints the modes of the neighbours that have BFD. `no … bfd` keeps the mode, and not the hold time. */
export function printStrict(modes: StrictModes, lines: Lines): void {
  for (const [neighbor, { on, holdTime }] of modes) {
    const key = `${neighbor} bfd strict`
    const hasBfd = lines.has(`${neighbor} bfd`)
    if (!hasBfd) modes.set(neighbor, { ...OFF, on })
    if (on && hasBfd)
      lines.set(key, holdTime === DEFAULT_HOLD_TIME ? key : `${key} hold-time ${holdTime}`)
    else lines.delete(key)
  }
}
