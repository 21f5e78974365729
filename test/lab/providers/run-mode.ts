import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FrrVersion } from '../../support/frr/frr-version.js'
import { badInput } from './cells/bad-input.js'
import { deleteAll } from './cells/delete.js'
import { failover } from './cells/failover.js'
import { limit } from './cells/limit.js'
import { through } from './cells/through.js'
import { up } from './cells/up.js'
import { CELLS, type CellName, type Mode } from './mode.js'
import { buildModeScene, type ModeScene } from './scene.js'

const RUNS: Readonly<Record<CellName, (scene: ModeScene) => Promise<string>>> = {
  up,
  through,
  failover,
  limit,
  'bad input': badInput,
  delete: deleteAll,
}

/** What came of one cell. */
export interface CellResult {
  readonly cell: CellName
  readonly passed: boolean
  /** The figures, or why it failed. */
  readonly text: string
  readonly seconds: number
}

/** Builds the mode and tries its cells, each also where an earlier one failed; `onCell` gets each result at once. */
export async function runMode(
  mode: Mode,
  version: FrrVersion,
  dir: string,
  onCell: (result: CellResult) => void,
): Promise<void> {
  const scene = await buildModeScene(mode, version, dir)
  try {
    for (const cell of CELLS) {
      const started = performance.now()
      const { passed, text } = await RUNS[cell](scene).then(
        (text) => ({ passed: true, text }),
        (error: unknown) => ({ passed: false, text: String(error) }),
      )
      if (!passed) writeFileSync(join(dir, `${cell}.txt`), tablesOf(scene))
      onCell({ cell, passed, text, seconds: Math.round((performance.now() - started) / 1000) })
    }
  } finally {
    await scene.remove()
  }
}

/** The routes of every router: they show why a cell failed. */
function tablesOf({ edge, core, netns, frr }: ModeScene): string {
  const routers = [edge, core, ...netns.values()]
  const tables = routers.map((each) => `${each.name}\n${each.run('ip', 'route')}`)
  return [...tables, frr.vtysh('show bgp summary', 'show bgp ipv4 unicast')].join('\n')
}
