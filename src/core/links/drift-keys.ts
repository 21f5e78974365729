import { linkTarget, presenceTarget, type DriftItem } from '../model/drift.js'
import { vlanSlot, type HaveLink, type LinkModeSettings, type LinkSysctl } from '../model/link.js'
import type { KernelStep, LinkSettings } from '../model/plan.js'

/**
 * The drift that each step repairs. A link depends on its parent and master, and on what those are on or in. A step that
 * takes a link down or removes it depends on all links on or in it as well.
 */
export function linkDriftItems(
  steps: readonly KernelStep[],
  have: readonly HaveLink[],
): readonly DriftItem[] {
  const { below, above } = dependencies(steps, have)
  return steps.map((step) => {
    const name = linkOf(step)
    const dependsOn = [...reached(name, below), ...(interrupts(step) ? reached(name, above) : [])]
    const targets = [linkTarget(name), ...slotsOf(step)]
    return { keys: keysOf(step, name), targets, dependsOn: dependsOn.map(linkTarget) }
  })
}

function linkOf({ link }: KernelStep): string {
  return typeof link === 'string' ? link : link.name
}

function keysOf(step: KernelStep, name: string): readonly string[] {
  if ('family' in step) return [`VRF rule ${step.family}`]
  if ('address' in step) return [`${name} ${step.address}`]
  if (step.do === 'link-add' || step.do === 'link-delete') return [presenceTarget(name)]
  if (step.do === 'protection-set') return [`${name} protection`]
  return settings(step).map((key) => `${name} ${key}`)
}

/** A setting that gets the value it has is no drift. */
function settings({ to, from }: Setting): readonly string[] {
  const before = new Map<string, unknown>(entriesOf(from))
  return entriesOf(to).flatMap(([key, value]) => (before.get(key) === value ? [] : [key]))
}

/** The settings with those of a bond, a bridge or a port of one among the others. */
function entriesOf(values: Values): readonly (readonly [string, unknown])[] {
  const { bond = {}, bridge = {}, bridgePort = {}, ...plain } = values
  return [plain, bond, bridge, bridgePort].flatMap((group) => Object.entries(group))
}

type Values = Partial<LinkSysctl> & LinkSettings & LinkModeSettings
interface Setting {
  readonly to: Values
  readonly from: Values
}

/** The targets that only one link can be: a name, a VLAN id on a parent, the table of a VRF. */
function slotsOf(step: KernelStep): readonly string[] {
  if (step.do !== 'link-add' && step.do !== 'link-delete') return []
  const { name, detail } = step.link
  if (detail.kind === 'vlan') return [presenceTarget(name), vlanSlot(detail)]
  return [presenceTarget(name), ...(detail.kind === 'vrf' ? [`table ${detail.table}`] : [])]
}

/** A changed `minLinks` ends a bond's carrier if the ports that should join are suppressed. */
function interrupts(step: KernelStep): boolean {
  if (step.do !== 'link-set') return step.do === 'link-delete'
  const { up, master, bond } = step.to
  return up === false || master !== undefined || bond?.minLinks !== undefined
}

type Names = ReadonlyMap<string, readonly string[]>

function dependencies(
  steps: readonly KernelStep[],
  have: readonly HaveLink[],
): { readonly below: Names; readonly above: Names } {
  const [below, above] = [new Map<string, string[]>(), new Map<string, string[]>()]
  for (const [upper, lower] of [...have.flatMap(pairsOf), ...steps.flatMap(pairsOfStep)]) {
    append(below, upper, lower)
    append(above, lower, upper)
  }
  return { below, above }
}

/** All names from this one on, near ones first, without itself. */
function reached(name: string, next: Names): readonly string[] {
  const found = new Set([name])
  for (const one of found) for (const other of next.get(one) ?? []) found.add(other)
  found.delete(name)
  return [...found]
}

function append(names: Map<string, string[]>, key: string, name: string): void {
  const known = names.get(key)
  if (known === undefined) names.set(key, [name])
  else known.push(name)
}

type Pair = readonly [upper: string, lower: string]

function pairsOf(link: Pick<HaveLink, 'name' | 'detail' | 'master'>): readonly Pair[] {
  const { name, detail, master } = link
  const parent = detail.kind === 'vlan' ? detail.parent : null
  return [parent, master].flatMap((lower): Pair[] => (lower === null ? [] : [[name, lower]]))
}

function pairsOfStep(step: KernelStep): readonly Pair[] {
  if (step.do === 'link-add' || step.do === 'link-delete') return pairsOf(step.link)
  const master = step.do === 'link-set' ? (step.to.master ?? null) : null
  return master === null ? [] : [[linkOf(step), master]]
}
