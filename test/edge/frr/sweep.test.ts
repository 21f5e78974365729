import t from 'tap'
import { frrPrograms } from '../../support/frr/isolated-frr.js'
import { SCENES } from '../../support/frr/sweep/baseline.js'
import { openSweep, type SweepCase } from '../../support/frr/sweep/sweep.js'

/** Of the thousands of statements every so many, another share with another seed; `npm run sweep` runs them all. */
const EVERY = Number(process.env['SWEEP_EVERY'] ?? 60)
const SEED = Number(process.env['SWEEP_SEED'] ?? 17)

/** What people reported, or what a sweep found; always typed. */
const KNOWN = [
  /^ip prefix-list \S+ (permit|deny) any$/,
  /^ipv6 prefix-list \S+ permit ::\/0 ge 48 le 128$/,
  /^description somebody typed this$/,
  /^(set table|continue|match rpki\S*) \S+$/,
  /^(no )?neighbor 10\.0\.0\.1 description( somebody typed this)?$/,
  /^neighbor 10\.0\.0\.1 (timers delayopen|shutdown rtt|path-attribute discard|peer-group) \S+$/,
  /^neighbor 10\.0\.0\.1 (local-as 65123|ttl-security hops 77|allowas-in)$/,
  /^maximum-paths( ibgp)? 77( equal-cluster-length)?$/,
  /^bgp (default (shutdown|l2vpn-evpn|ipv6-labeled-unicast)|shutdown|minimum-holdtime 77)$/,
  /^echo(-interval| transmit-interval) 77$/,
]

/** The words of the scene `worded`; without them it differs little from `own`. */
const WORDS =
  /local-as|next-hop-self|allowas-in|as-override|ttl-security|default-originate|maximum-prefix-out|aggregate-address/

function isChosen({ scene, place, statement }: SweepCase, i: number): boolean {
  if (scene === 'worded') return i % (EVERY / 3) === SEED % (EVERY / 3) && WORDS.test(statement)
  const isNewFamily = place.name === 'neighbor l2vpn evpn' && statement.endsWith(' activate')
  return i % EVERY === SEED % EVERY || isNewFamily || KNOWN.some((known) => known.test(statement))
}

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}, typed over by somebody else`, async (t) => {
    const sweep = await openSweep(program)
    t.teardown(sweep.close)
    for (const scene of SCENES) {
      const all = await sweep.cases(scene)
      t.ok(all.length > 1500, 'FRR lists its settings')
      for (const one of all.filter(isChosen)) {
        const { place, verdict, detail } = await sweep.run(one)
        t.not(verdict, 'fault', `${scene}, ${place}: ${one.statement}: ${detail}`)
      }
    }
  })
}
