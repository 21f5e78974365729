import type { Test } from 'tap'
import { createEngine } from '../../../src/agent/change/engine.js'
import type { Push } from '../../../src/agent/change/push.js'
import { openChangeJournal } from '../../../src/agent/change/journal.js'
import type { DriftReport } from '../../../src/agent/change/reconcile.js'
import { openStateStore, type StateStore } from '../../../src/agent/state/state-store.js'
import type { Fault } from '../../../src/core/base/fault.js'
import { ok, refused } from '../../../src/core/base/result.js'
import type { HubRoute } from '../../../src/core/change/hub-path.js'
import type { Witness } from '../../../src/core/change/witness.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import type { FrrStep } from '../../../src/core/model/plan.js'
import type { AskedProbe } from '../../../src/core/model/probe.js'
import type { ChangeProgress } from '../../../src/core/wire/messages.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { sha256 } from '../../../src/edge/host/facts/identity.js'
import { openLog } from '../../../src/edge/host/log.js'
import { openStateFiles, type StateFiles } from '../../../src/edge/host/files/state-files.js'
import { fakeFrr } from '../frr/fake-frr.js'
import { fakeKernel, fakePort } from '../kernel/fake-kernel.js'

/** An agent's engine on a fake kernel and a fake FRR, both held to the real ones by contract. */
export interface Over {
  /** FRR's. */
  readonly version?: string
  readonly frrFault?: () => Fault | null
  /** Why FRR's configuration cannot be saved. */
  readonly unsaved?: () => Fault | null
  readonly refusals?: () => readonly Fault[]
  readonly witnesses?: (
    probes: readonly AskedProbe[],
  ) => readonly Witness[] | Promise<readonly Witness[]>
  /** Why the sessions cannot be read. */
  readonly deaf?: () => Fault | null
  readonly drift?: 'repair' | 'report'
  /** ms. */
  readonly grace?: number
  /** The sessions that are up. */
  readonly established?: () => readonly string[]
  /** s. */
  readonly drain?: number
  /** Where packets for the hub go. */
  readonly hubRoute?: () => HubRoute
  /** Whether the text behind a digest is known. */
  readonly isKnown?: (digest: string) => boolean
  readonly onProgress?: (progress: ChangeProgress) => void
  /** Stands between the engine and its files. */
  readonly files?: (files: StateFiles) => StateFiles
}

export async function bench(t: Test, over: Over = {}) {
  const kernel = fakeKernel([fakePort('p0'), fakePort('p1'), fakePort('mgmt', { up: true })])
  const frr = fakeFrr(over.version)
  const dir = t.testdir()
  const phases: string[] = []
  const seen: ChangeProgress[] = []
  const drifts: DriftReport[] = []
  const lines: string[] = []
  let tail: Promise<unknown> = Promise.resolve()
  let memory: StateStore
  const digest = toSecretDigest('ab'.repeat(16))
  function exclusively<T>(deed: () => Promise<T>): Promise<T> {
    const result = tail.then(deed)
    tail = result.catch(() => undefined)
    return result
  }
  const make = async (bootId = 'this-boot', damaged?: 'spared') => {
    const opened = await openStateFiles(dir)
    const files = over.files?.(opened) ?? opened
    memory = await openStateStore(
      files,
      openLog({ level: 'error', write: (line) => void lines.push(line) }),
      damaged,
    )
    const engine = createEngine({
      routerId: 'r1',
      ceiling: 'traffic-loss',
      safety: { window: 60_000, grace: over.grace ?? 60_000, drain: over.drain ?? 0 },
      drift: over.drift ?? 'repair',
      ports: {
        kernel,
        frr: {
          read: frr.read,
          async apply(step: FrrStep) {
            const refused = over.frrFault?.() ?? null
            return refused ?? frr.apply(step)
          },
          wait: async () => null,
          save: async () => over.unsaved?.() ?? null,
        },
      },
      context: {
        managedPorts: ['p*'],
        secrets: async () => new Map(digest === undefined ? [] : [['key', digest]]),
        sha256,
        refusals: async () => over.refusals?.() ?? [],
      },
      memory,
      journal: openChangeJournal(files),
      clock: systemClock,
      bootId,
      isKnown: over.isKnown ?? (() => true),
      async established() {
        const fault = over.deaf?.() ?? null
        if (fault !== null) return refused(fault)
        return ok(new Map(over.established?.().map((subject) => [subject, []])))
      },
      queryWitnesses: async (_, probes) => ({
        witnesses: (await over.witnesses?.(probes)) ?? [],
        unreadable: over.deaf?.() ?? null,
      }),
      hubRoute: async () => over.hubRoute?.() ?? null,
      sealSecrets: () => 'sealed',
      openSecrets: () => [],
      pollInterval: 20,
      pauses: [],
      onProgress(progress) {
        phases.push(progress.phase)
        seen.push(progress)
        over.onProgress?.(progress)
      },
      onDrift: (news) => drifts.push(news),
      exclusively: (deed) => void exclusively(deed),
    })
    await engine.recover()
    return engine
  }
  const engine = await make()
  const settle = async (): Promise<void> => {
    let last
    do {
      last = tail
      await last
    } while (last !== tail)
  }
  const own = { kernel, frr, engine, phases, seen, drifts, lines, dir }
  return { ...own, settle, exclusively, restart: make, memory: () => memory }
}

export function intent(generation: number, vlanId = 100) {
  return {
    schema: 'demarc/intent/v1',
    generation,
    router: { id: 'r1', role: 'customer', localAs: 65010, routerId: '10.255.0.1' },
    connections: [
      {
        name: 'dl',
        ports: [{ name: 'p0' }, { name: 'p1' }],
        aggregation: { lacpMode: 'ACTIVE', interval: 'FAST' },
      },
    ],
    attachments: [
      {
        name: 'net-a',
        connection: 'dl',
        vlanId,
        mtu: 1500,
        l3: { addresses: ['10.0.0.2/30'] },
        bgp: [{ neighborAddress: '10.0.0.1', peerAs: 65020, authPassword: { secret: 'key' } }],
      },
    ],
  }
}

export function push(document: unknown, over: Partial<Push> = {}): Push {
  const terms = {
    change: 'c1',
    confirmWithin: null,
    maxImpact: 'traffic-loss',
    probes: [],
    dryRun: false,
    adopt: false,
  }
  return { intent: document, ...terms, ...over } as Push
}
