import { fault } from '../base/fault.js'
import type { HaveProtection, HaveProtections, Protection } from '../model/link.js'
import { kernelName } from '../model/names.js'
import { isOurs } from '../model/own-link.js'
import { REASONS, type Reason } from './steps/impact.js'
import type { Ledger } from './steps/ledger.js'

/** What a plan knows of the limits of links in bridges. */
export interface ProtectionTerms {
  readonly have: HaveProtections
  /** Links whose limits a change set that is rolled back; only these and those of demarc's links are removed. */
  readonly touched: ReadonlySet<string>
}

/** Plans the limits that are missing or differ. They need no link, so that a new link never sends without them. */
export function limitLinks(ledger: Ledger, terms: ProtectionTerms | undefined): void {
  if (terms === undefined) return
  const { have } = terms
  const found = byLink(have)
  for (const { name, protection } of ledger.index.want.values()) {
    if (protection === undefined) continue
    const held = found.get(name)
    if (held !== undefined && isSameProtection(held.protection, protection)) continue
    if (have.unavailable !== null) {
      ledger.refuse(
        name,
        fault('PLATFORM_UNSUPPORTED', name, `what it sends cannot be limited: ${have.unavailable}`),
      )
      continue
    }
    const from = held?.protection ?? null
    const step = { do: 'protection-set', link: name, to: protection, from } as const
    ledger.changeProtection(step, reasonToLimit(ledger, name))
  }
}

/** Plans that limits go which are not wanted, once their links have left their bridges. */
export function unlimitLinks(ledger: Ledger, terms: ProtectionTerms | undefined): void {
  for (const held of terms?.have.found ?? []) {
    if (ledger.index.want.get(held.link)?.protection !== undefined) continue
    if (!mayRemove(ledger, held, terms?.touched)) continue
    const step = { do: 'protection-set', link: kernelName(held.link), to: null } as const
    ledger.changeProtection({ ...step, from: held.protection }, REASONS.unlimited)
  }
}

/**
 * Limits of a link that demarc made, or of a port in a bridge of demarc's. Those of a released link stay with it, and
 * those of a link that is gone are nobody's.
 */
function mayRemove(
  { index }: Ledger,
  { link: name }: HaveProtection,
  touched: ReadonlySet<string> | undefined,
): boolean {
  const link = index.have.get(name)
  if (link === undefined || touched?.has(name) === true || isOurs(link)) return true
  const master = index.have.get(link.master ?? '')
  return master !== undefined && isOurs(master)
}

function reasonToLimit({ index }: Ledger, name: string): Reason {
  return index.have.get(name)?.up === true ? REASONS.limited : REASONS.created
}

function byLink({ found }: HaveProtections): ReadonlyMap<string, HaveProtection> {
  return new Map(found.map((held) => [held.link, held]))
}

/** null: they are not demarc's any more. */
function isSameProtection(a: Protection | null, b: Protection): boolean {
  return (
    a?.macLimit === b.macLimit &&
    a?.controlFrames === b.controlFrames &&
    a?.broadcast === b.broadcast &&
    a?.multicast === b.multicast &&
    a?.unknownUnicast === b.unknownUnicast
  )
}
