import t from 'tap'
import { createProviderRemarks } from '../../src/agent/health/provider-remarks.js'
import { agentMethods } from '../../src/agent/methods.js'
import { effectiveOf } from '../../src/agent/state/kept-intent.js'
import { BUILT_IN } from '../../src/core/providers/built-in/catalogue.js'
import type { Profiles } from '../../src/core/providers/lines.js'
import { overlay } from '../../src/core/providers/overlay.js'
import { parseProfile } from '../../src/core/providers/parse-profile.js'
import { intent } from '../support/agent/engine.js'
import { localAgent } from '../support/agent/local-agent.js'

/** An intent for OUTSCALE that leaves out the AS of the neighbour. */
function outscale(generation: number, over: Readonly<Record<string, unknown>> = {}) {
  const base = intent(generation)
  return {
    ...base,
    connections: base.connections.map((connection) => ({
      ...connection,
      provider: 'outscale',
      region: 'eu-west-2',
    })),
    attachments: base.attachments.map((attachment) => ({
      ...attachment,
      bgp: [{ neighborAddress: '10.0.0.1', ipv4Unicast: {} }],
      ...over,
    })),
  }
}

/** The built-in profiles with another text in that of OUTSCALE. */
function changed(from: string, to: string): Profiles {
  const text = JSON.stringify(BUILT_IN.get('outscale')).replaceAll(from, to)
  const profile = parseProfile(text, 'outscale.json')
  return overlay(BUILT_IN, [{ file: 'outscale.json', profile }], new Map()).profiles
}

const TERMS: {
  readonly dryRun: boolean
  readonly adopt: boolean
  readonly probes: never[]
  readonly maxImpact: 'traffic-loss'
} = { dryRun: false, adopt: false, probes: [], maxImpact: 'traffic-loss' }

t.test(
  'the agent itself refuses what the provider would punish, from its hub as well',
  async (t) => {
    const at = await localAgent(t)
    const push = agentMethods(at.options, 'hub')['intent.push']
    const answer = await push?.({
      intent: outscale(1, { vlanId: 1, mtu: 9000 }),
      ...TERMS,
    })
    t.match(answer, {
      ok: false,
      faults: [
        { code: 'PROVIDER_RULE', at: 'attachments[0].vlanId', message: /is 1;.*2-4094.*about/i },
        { code: 'PROVIDER_RULE', at: 'attachments[0].mtu', message: /is 9000;.*1500/ },
      ],
    })
    t.equal(at.kernel.links().length, 3, 'nothing was done')
    t.equal(at.memory().lastGood(), null)
  },
)

t.test('the length of a password that is only on the router is judged, and not said', async (t) => {
  const at = await localAgent(t)
  const base = intent(1)
  const document = {
    ...base,
    connections: base.connections.map((each) => ({ ...each, provider: 'aws' })),
  }
  const answer = async (key: string) => {
    const own = async (names: readonly string[]) => (names.includes('key') ? { key } : {})
    const options = { ...at.options, secrets: { ...at.options.secrets, own } }
    return JSON.stringify(
      await agentMethods(options, 'local')['intent.push']?.({ intent: document, ...TERMS }),
    )
  }
  const short = await answer('hello')
  t.match(short, /aws\/password-length/)
  t.notMatch(short, /hello|is 5/)
  t.notMatch(await answer('hello!'), /aws\/password-length/)
})

t.test(
  'the router is made from what the profile fills in, and the digest is that of the document',
  async (t) => {
    const at = await localAgent(t)
    const push = agentMethods(at.options, 'local')['intent.push']
    const document = outscale(1)
    t.match(await push?.({ intent: document, ...TERMS }), { ok: true })
    const running = at.engine.running()
    t.strictSame(running?.intent, document, 'the document is kept as it was written')
    if (running === null) return
    t.equal(effectiveOf(running).attachments[0]?.bgp?.[0]?.peerAs, 50624)
    await at.exclusively(async () => undefined)
    t.match(JSON.stringify((await at.frr.read()).bgpd), /remote-as 50624/)
  },
)

t.test(
  'a profile that changes while the router runs changes nothing by itself, and is reported',
  async (t) => {
    const at = await localAgent(t)
    let profiles: Profiles = BUILT_IN
    const options = { ...at.options, profiles: () => profiles }
    const push = agentMethods(options, 'local')['intent.push']
    await push?.({ intent: outscale(1), ...TERMS })
    const running = at.engine.running()
    if (running === null) throw new Error('not taken')
    const remarks = createProviderRemarks({ profiles: () => profiles, faults: () => [] })
    t.strictSame(remarks(running).changed, [])
    profiles = changed('50624', '50999')
    t.match(remarks(running).changed, [
      { at: 'attachments[0].bgp[0].peerAs', message: /50624 in force.*now fills in 50999/ },
    ])
    await at.exclusively(() => at.engine.reconcile())
    t.match(
      JSON.stringify((await at.frr.read()).bgpd),
      /remote-as 50624/,
      'the router is as before',
    )
    t.match(
      await push?.({ intent: outscale(1), ...TERMS }),
      { ok: true },
      'the same push again is taken as it is in force',
    )
    t.equal(at.engine.running(), running)
    const planned = await push?.({ intent: outscale(2), ...TERMS, dryRun: true })
    t.match(
      planned,
      {
        ok: true,
        value: {
          plan: {
            impact: 'session-reset',
            effects: [{ subject: 'neighbor 10.0.0.1', why: 'peer AS changes' }],
          },
        },
      },
      'the next push plans it, with what it does',
    )
  },
)

t.test('a lower limit is reported, and filled in and planned by the next push', async (t) => {
  const at = await localAgent(t)
  const announced = (most: number) =>
    changed(
      ',{"id":"outscale/mtu"',
      `,{"id":"outscale/announced","kind":"error","subject":"export-limit","says":"So many routes.",` +
        `"sources":["about"],"allowed":{"numbers":[[null,${most}]]},"fill":${most}},{"id":"outscale/mtu"`,
    )
  let profiles = announced(100)
  const push = agentMethods({ ...at.options, profiles: () => profiles }, 'local')['intent.push']
  const written = (generation: number, limit?: number) => {
    const maxPrefixes = limit === undefined ? {} : { maxPrefixes: { limit } }
    const neighbor = { neighborAddress: '10.0.0.1', ipv4Unicast: { export: maxPrefixes } }
    return outscale(generation, { bgp: [neighbor] })
  }
  t.match(await push?.({ intent: written(1), ...TERMS }), { ok: true })
  const running = at.engine.running()
  const remarks = createProviderRemarks({ profiles: () => profiles, faults: () => [] })
  t.strictSame(remarks(running).changed, [])
  profiles = announced(50)
  t.match(remarks(running).changed, [
    {
      at: 'attachments[0].bgp[0].ipv4Unicast.export.maxPrefixes.limit',
      message: /is 100 in force, and outscale\/announced now fills in 50/,
    },
  ])
  await at.exclusively(() => at.engine.reconcile())
  t.match(JSON.stringify((await at.frr.read()).bgpd), /maximum-prefix-out 100/, 'as before')
  t.match(
    await push?.({ intent: written(2, 100), ...TERMS }),
    { ok: false, faults: [{ code: 'PROVIDER_RULE', message: /is 100;.*requires at most 50/ }] },
    'a limit that is written out is refused',
  )
  const planned = await push?.({ intent: written(2), ...TERMS, dryRun: true })
  const why = 'ipv4 unicast: outbound limit changes'
  t.match(planned, {
    ok: true,
    value: {
      plan: { stepCount: 1, effects: [{ subject: 'neighbor 10.0.0.1', impact: 'soft', why }] },
    },
  })
})
