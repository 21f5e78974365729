import { parseArgs } from 'node:util'
import { isFrrVersion, type FrrVersion } from '../../support/frr/frr-version.js'
import { FAULT_KINDS, type FaultKind } from './fault-injection.js'

export interface Options {
  /** The faults to inject, in turn. */
  readonly kill: readonly FaultKind[]
  /** How many faults to inject in all. */
  readonly kills: number
  readonly seed: number
  readonly frr: FrrVersion
  /** A file for the figures. */
  readonly json: string | undefined
}

const usage = `usage: npm run crash -- [--kill WHAT[,WHAT…]] [--kills N] [--seed S] [--frr 8.4|10.3|10.7] [--json FILE]
WHAT: ${FAULT_KINDS.join(', ')}`

export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      kill: { type: 'string', default: 'agent' },
      kills: { type: 'string', default: '10' },
      seed: { type: 'string' },
      frr: { type: 'string', default: '8.4' },
      json: { type: 'string' },
    },
  })
  const kills = Number(values.kills)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  const words = values.kill.split(',')
  const kill = words.flatMap((word) => FAULT_KINDS.find((kind) => kind === word) ?? [])
  const { frr, json } = values
  const numbers = Number.isInteger(kills) && kills >= 1 && Number.isInteger(seed)
  const known = kill.length === words.length
  if (!known || !numbers || !isFrrVersion(frr)) throw new Error(usage)
  return { kill, kills, seed, frr, json }
}
