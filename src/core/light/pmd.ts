/** Average powers in dBm that a PMD may launch and that it needs to receive. */
export interface LightBudget {
  readonly launch: readonly [low: number, high: number]
  readonly receive: readonly [low: number, high: number]
  /** Where the figures come from. */
  readonly source: string
}

interface Pmd {
  /** Mb/s. */
  readonly speed: number
  /** null: no figures were found in a source. */
  readonly budget: LightBudget | null
}

/**
 * Average launch and receive powers as documents of module makers quote them from IEEE 802.3; the
 * standard itself was not read. They count only where a module has no alarm limit of its own that can be used.
 */
const PMDS: Readonly<Record<string, Pmd>> = {
  '100BASE-FX': pmd(100),
  '100BASE-LX10': pmd(100),
  '100BASE-BX10': pmd(100),
  '1000BASE-T': pmd(1000),
  '1000BASE-CX': pmd(1000),
  '1000BASE-BX10': pmd(1000),
  '1000BASE-SX': pmd(1000, [-9.5, 0], [-17, 0], 'IEEE 802.3 clause 38'),
  '1000BASE-LX': pmd(1000, [-11, -3], [-19, -3], 'IEEE 802.3 clause 38'),
  '2.5GBASE-T': pmd(2500),
  '5GBASE-T': pmd(5000),
  '10GBASE-T': pmd(10_000),
  '10GBASE-LRM': pmd(10_000),
  '10GBASE-SR': pmd(10_000, [-7.3, -1], [-9.9, -1], 'IEEE 802.3 clause 52'),
  '10GBASE-LR': pmd(10_000, [-8.2, 0.5], [-14.4, 0.5], 'IEEE 802.3 clause 52'),
  '10GBASE-ER': pmd(10_000, [-4.7, 4], [-15.8, -1], 'IEEE 802.3 clause 52'),
  '40GBASE-CR4': pmd(40_000),
  '40GBASE-SR4': pmd(40_000),
  '40GBASE-LR4': pmd(40_000),
  '100GBASE-CR4': pmd(100_000),
  '100GBASE-SR4': pmd(100_000),
  '100GBASE-LR4': pmd(100_000, [-4.3, 4.5], [-10.6, 4.5], 'IEEE 802.3 clause 88'),
  '100GBASE-ER4': pmd(100_000),
  '25GBASE-CR': pmd(25_000),
  '25GBASE-ER': pmd(25_000),
  '25GBASE-SR': pmd(25_000, [-8.4, 2.4], [-10.3, 2.4], 'IEEE 802.3 clause 112'),
  '25GBASE-LR': pmd(25_000, [-7, 2], [-13.3, 2], 'IEEE 802.3 clause 114'),
}

function pmd(
  speed: number,
  launch?: LightBudget['launch'],
  receive?: LightBudget['receive'],
  source = '',
): Pmd {
  const known = launch !== undefined && receive !== undefined
  return { speed, budget: known ? { launch, receive, source } : null }
}

/** Mb/s; null for a name that is not in the table. */
export function speedOf(name: string): number | null {
  return PMDS[canonical(name)]?.speed ?? null
}

/** dBm at both ends; null for a name that is not in the table or has no figures there. */
export function budgetOf(name: string): LightBudget | null {
  return PMDS[canonical(name)]?.budget ?? null
}

/** Whether two names mean the same PMD: 1000BASE-LX10 modules carry the code of 1000BASE-LX. */
export function samePmd(a: string, b: string): boolean {
  return canonical(a) === canonical(b)
}

function canonical(name: string): string {
  const upper = name.toUpperCase().replaceAll('_', '-')
  return upper === '1000BASE-LX10' || upper === '1000BASE-LH' ? '1000BASE-LX' : upper
}
