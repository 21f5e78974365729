import { ok, refused, type Result } from '../../base/result.js'
import type { AddressFamily } from '../../model/bgp.js'
import { uncounted } from '../out-limit.js'
import type { Statements } from '../read/statement.js'

/** What a family of a neighbour has besides its filters. */
export interface FamilyOptions extends Pick<
  AddressFamily,
  'nextHopSelf' | 'allowAsIn' | 'asOverride'
> {
  readonly defaultOriginate: boolean
  /** The outbound limit. */
  readonly maxPrefixesOut: number | null
}

/** The slots that {@link readOptions} reads. */
export const OPTION_SLOTS = [
  'next-hop-self',
  'allowas-in',
  'as-override',
  'default-originate',
  'maximum-prefix-out',
] as const

/** The options of a family; the faults are the forms that an intent cannot express. */
export function readOptions(
  statements: Statements,
  address: string,
): Result<FamilyOptions, string> {
  const words = (slot: string) =>
    statements.get(slot)?.line.slice(`neighbor ${address} ${slot}`.length).trim()
  const [allowed, fallback] = [words('allowas-in'), words('default-originate')]
  const strange = [
    ...(allowed === undefined || isNumber(allowed) ? [] : [`allowas-in ${allowed}`]),
    ...(fallback === undefined || fallback === '' ? [] : [`default-originate ${fallback}`]),
  ]
  if (strange.length > 0) {
    return refused(...strange.map((line) => `it has \`${line}\`, which an intent cannot express`))
  }
  const limit = numberOf(words('maximum-prefix-out'))
  return ok({
    nextHopSelf: statements.has('next-hop-self'),
    allowAsIn: allowed === undefined ? null : Number(allowed),
    asOverride: statements.has('as-override'),
    defaultOriginate: fallback !== undefined,
    maxPrefixesOut: limit === null ? null : limit + uncounted(fallback !== undefined),
  })
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text)
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text)
}
