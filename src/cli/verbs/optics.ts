import type { ExitStatus } from '../../edge/host/program.js'
import { withAgent } from '../command/agent-client.js'
import { accepted, show, type Context } from '../command/context.js'
import { printable } from '../render/table.js'
import { localTime } from '../render/time.js'

/** `demarc optics baseline PORT`: remembers the light as it is now. */
export async function takeBaseline(context: Context, port: string): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const taken = accepted(await agent.call('optics.baseline', { port }))
    return show(context, taken, ({ at, lanes }) => {
      const lines = lanes.map(({ inputPower, outputPower }, lane) => {
        const of = lanes.length === 1 ? '' : `lane ${lane + 1}: `
        return `${of}received ${dbm(inputPower)}, launched ${dbm(outputPower)}`
      })
      return [`The baseline of ${printable(port)} was taken at ${localTime(at)}:`, ...lines].join(
        '\n',
      )
    })
  })
}

/** `demarc optics report PORT`: says what the other end of the fibre measures. */
export async function reportFarEnd(
  context: Context,
  port: string,
  { input, output, from }: FarEndWords,
): Promise<ExitStatus> {
  const measured = {
    ...(input === undefined ? {} : { inputPower: input }),
    ...(typeof output === 'number' ? { outputPower: output } : {}),
  }
  return withAgent(context, async (agent) => {
    const report = { port, from, limits: {}, ...measured }
    const taken = accepted(await agent.call('optics.report', report))
    return show(
      context,
      taken,
      () => `The agent has taken it; "demarc show optics" shows each strand.`,
    )
  })
}

export interface FarEndWords {
  /** dBm; null: no light. */
  readonly input?: number | null
  readonly output?: number | null
  readonly from: string
}

function dbm(power: number | null): string {
  return power === null ? 'no light' : `${power.toFixed(2)} dBm`
}
