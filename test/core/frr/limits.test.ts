import t from 'tap'
import { overLimits, type Sessions } from '../../../src/core/frr/diff/limits.js'
import { BASE, BGP, changed, VRF, want } from '../../support/intent/intent-changes.js'

const LIMIT = `${BGP}.ipv4Unicast.import.maxPrefixes`

/** A session that is up, with so many prefixes. */
function up(subject: string, received: number, family: 'ipv4-unicast' | 'ipv6-unicast'): Sessions {
  return new Map([[subject, [{ family, received, sent: 0 }]]])
}

t.test('a limit below what is there ends the session', (t) => {
  const limited = (max: object) => want(changed(BASE, [LIMIT, max])).bgp
  const sessions = up('neighbor 10.0.0.1', 101, 'ipv4-unicast')
  t.match(overLimits(limited({ limit: 100 }), sessions), [
    {
      subject: 'neighbor 10.0.0.1',
      impact: 'traffic-loss',
      why: 'ipv4-unicast: it has 101 prefixes, and the new limit is 100',
    },
  ])
  t.same(overLimits(limited({ limit: 101 }), sessions), [], 'as many as may be')
  t.same(
    overLimits(limited({ limit: 100, action: 'warn' }), sessions),
    [],
    'a warning ends nothing',
  )
  t.same(overLimits(limited({ limit: 100 }), new Map()), [], 'nobody is there')
  t.same(overLimits(limited({ limit: 1 }), up('neighbor 10.0.0.1', 9, 'ipv6-unicast')), [])
  t.end()
})

t.test('sessions of a VRF and prefixes of IPv6 have their own', (t) => {
  const path = 'attachments[0].bgp[1].ipv6Unicast.import.maxPrefixes'
  const { bgp } = want(changed(VRF, [path, { limit: 7 }]))
  const subject = `neighbor ${bgp[0]?.neighbors[1]?.address} vrf blue`
  t.match(overLimits(bgp, up(subject, 8, 'ipv6-unicast')), [
    { subject, why: /^ipv6-unicast: it has 8 prefixes/ },
  ])
  t.same(overLimits(bgp, up('neighbor 2001:db8:10::3', 8, 'ipv6-unicast')), [], 'another VRF')
  t.end()
})
