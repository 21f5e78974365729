import t from 'tap'
import { announceLimits } from '../../../src/core/providers/announce-limits.js'
import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { contradictions } from '../../../src/core/providers/contradictions.js'
import type { Profile } from '../../../src/core/providers/profile.js'
import { routeEffects } from '../../../src/core/router/route-effects.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { sample } from './samples.js'

const PROFILES = BUILT_IN

/** The first session of a sample, with its provider's rule accepted as broken, or not. */
function limitOf(name: string, accepted: readonly string[] = []) {
  const intent = sample(name)
  const connections = intent.connections.map((connection) => ({
    ...connection,
    accept: accepted.map((rule) => ({ rule, reason: 'agreed with them' })),
  }))
  const whole = JSON.parse(JSON.stringify({ ...intent, connections })) as Intent
  const address = whole.attachments[0]?.bgp?.[0]?.neighborAddress ?? ''
  return announceLimits(whole, PROFILES)(`neighbor ${address}`, 'ipv4-unicast')
}

const ENDS = 'the provider ends the session'
const NO_MORE = 'the provider takes no more routes'

t.test('the limit of each provider is known, with what happens beyond it', async (t) => {
  t.strictSame(limitOf('yandex-private-minimal'), { limit: 500, beyond: ENDS })
  t.strictSame(limitOf('aws-private-minimal'), { limit: 100, beyond: ENDS })
  t.strictSame(limitOf('aws-public-minimal'), { limit: 1000, beyond: ENDS })
  t.strictSame(limitOf('ovhcloud-l3-minimal'), { limit: 100, beyond: NO_MORE })
  t.strictSame(limitOf('jdcloud-l2-access-minimal'), { limit: 300, beyond: NO_MORE })
  t.equal(limitOf('jdcloud-l3-access-minimal'), undefined, 'the partner decides')
})

t.test(
  'it stays known where the intent accepts to break the rule, and the plan says it',
  async (t) => {
    const limit = limitOf('aws-private-minimal', ['aws/announced-private'])
    t.strictSame(limit, { limit: 100, beyond: ENDS })
    const outlook = {
      subject: 's',
      family: 'ipv4-unicast',
      accepted: { before: 0, after: 0 },
    } as const
    const forecast = { ...outlook, announced: { before: 90, after: 150 } }
    t.strictSame(
      routeEffects([forecast], () => limit),
      [
        {
          subject: 's',
          impact: 'traffic-loss',
          why: `ipv4-unicast: announced: 90 → 150, ${ENDS} above 100`,
        },
      ],
    )
  },
)

t.test('only a limit of announced routes has something beyond it', async (t) => {
  const aws = PROFILES.get('aws') as Profile
  const rules = aws.rules.map((rule) => ({ ...rule, beyond: 'ends-session' as const }))
  const found = contradictions({ ...aws, rules }).map(({ at }) => at)
  const outbound = aws.rules.filter(({ subject }) => subject === 'export-limit').length
  t.equal(found.length, aws.rules.length - outbound)
  t.ok(found.every((at) => at.endsWith('.beyond')))
})
