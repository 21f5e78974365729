import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attempt } from '../../../../src/core/base/attempt.js'
import { millis } from '../../../../src/core/base/time.js'
import { planFrr } from '../../../../src/core/frr/plan/plan.js'
import type { BgpInstance } from '../../../../src/core/model/bgp.js'
import { toSecretDigest } from '../../../../src/core/model/names.js'
import type { FrrDaemon, FrrStep, HaveFrr } from '../../../../src/core/model/plan.js'
import { openFrr } from '../../../../src/edge/frr/frr.js'
import { openVty } from '../../../../src/edge/frr/vty/vty.js'
import { sure } from '../arbitrary-bgp.js'
import { configLines } from '../frr-contract.js'
import { startFrrAlone, type FrrAlone, type FrrProgram } from '../isolated-frr.js'

/** A real FRR in namespaces of its own, and what demarc would do to it. */
export interface SweepBench {
  readonly read: () => Promise<HaveFrr>
  /** Types lines as an operator would; FRR's refusal, or null. */
  readonly type: (daemon: FrrDaemon, lines: readonly string[]) => Promise<string | null>
  /** The text of a `show` or `list` command, inside the node that the lines open. */
  readonly ask: (daemon: FrrDaemon, lines: readonly string[]) => Promise<string>
  /** Applies one plan; what FRR refused or what is still to do, or null. Rejects if nothing can be planned. */
  readonly reach: (want: readonly BgpInstance[]) => Promise<string | null>
  /** Whether bgpd and bfdd answer. */
  readonly isAlive: () => Promise<boolean>
  /** Starts bgpd and bfdd anew with these configurations. */
  readonly restart: (configs: ReadonlyMap<FrrDaemon, string>) => Promise<void>
  readonly close: () => Promise<void>
}

const TIMEOUT = millis(20_000)

/** `prepare` changes the namespaces before anything is asked. */
export async function openBench(
  program: FrrProgram,
  prepare: (alone: FrrAlone) => Promise<void> = async () => undefined,
): Promise<SweepBench> {
  const alone = await startFrrAlone(program)
  await prepare(alone)
  const { runDir } = alone
  const frr = openFrr({
    runDir,
    conceal: () => sure(toSecretDigest('c'.repeat(32))),
    reveal: () => 'secret',
    timeout: TIMEOUT,
  })
  return {
    read: frr.read,
    async type(daemon, lines) {
      const refused = await frr.apply({ do: 'frr', daemon, lines })
      return refused?.message ?? null
    },
    async ask(daemon, lines) {
      const vty = await openVty({ daemon, path: join(runDir, `${daemon}.vty`), timeout: TIMEOUT })
      const replies = await vty.run(['enable', ...lines])
      vty.close()
      return replies.at(-1)?.text ?? ''
    },
    async reach(want) {
      for (const step of stepsOf(want, await frr.read())) {
        const refused = await frr.apply(step)
        if (refused !== null) return refused.message
      }
      const left = linesOf(want, await frr.read())
      return left.length === 0 ? null : `still to do: ${left.join(' / ')}`
    },
    async isAlive() {
      const said = await attempt(() => Promise.all([frr.version('bgpd'), frr.version('bfdd')]))
      return said.ok
    },
    async restart(configs) {
      for (const daemon of ['bfdd', 'bgpd'] as const) {
        await alone.kill(daemon)
        writeFileSync(join(runDir, `${daemon}.conf`), configs.get(daemon) ?? '')
        await alone.start(daemon)
      }
    },
    async close() {
      frr.close()
      await alone.stop()
    },
  }
}

function stepsOf(want: readonly BgpInstance[], have: HaveFrr): readonly FrrStep[] {
  const plan = planFrr(want, have)
  if (!plan.ok) throw new Error(plan.faults.map(({ message }) => message).join('; '))
  const { early, drain, remove, change } = plan.value
  return [...early, ...drain, ...remove, ...change].flatMap(({ step }) =>
    step.do === 'frr' ? [step] : [],
  )
}

/** All lines of a plan. */
export function linesOf(want: readonly BgpInstance[], have: HaveFrr): readonly string[] {
  return stepsOf(want, have).flatMap(({ lines }) => lines)
}

/** A configuration without what two equal ones may differ in. */
export function plainText({ bgpd, bfdd }: HaveFrr): string {
  return [...configLines(bgpd), ...configLines(bfdd)].join('\n')
}
