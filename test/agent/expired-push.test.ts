import t from 'tap'
import { intent } from '../hub/bench.js'
import { localAgent } from '../support/agent/local-agent.js'

t.test('a push whose time has passed is refused, and changes nothing', async (t) => {
  const agent = await localAgent(t)
  const push = agent.methods['intent.push']
  if (push === undefined) throw new Error('the agent takes no push')
  const params = { intent: intent(1, 'r1'), probes: [], adopt: false, dryRun: false }
  t.match(await push({ ...params, validUntil: '2020-01-01T00:00:00.000Z' }), {
    ok: false,
    faults: [
      {
        code: 'INTENT_EXPIRED',
        at: 'validUntil',
        message: /^the intent was valid until 2020-01-01T00:00:00\.000Z, and it is \S+ here/,
      },
    ],
  })
  t.equal(agent.engine.running(), null)
  const later = { ...params, dryRun: true, validUntil: '9000-01-01T00:00:00.000Z' }
  t.match(await push(later), { ok: true })
})
