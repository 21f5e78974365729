import { join } from 'node:path'
import t from 'tap'
import { intent, push } from '../support/agent/engine.js'
import { localAgent } from '../support/agent/local-agent.js'
import { demarc } from '../support/process/demarc.js'

t.test('show rules: what a provider fills in, and which rules are accepted', async (t) => {
  const at = await localAgent(t)
  const config = join(at.dir, 'demarc.toml')
  const show = (...words: readonly string[]) =>
    demarc('--config', config, '--socket', at.socket, ...words, 'show', 'rules')

  const plain = intent(1)
  const [connection] = plain.connections
  const accept = [
    { rule: 'yandex/provider-as', reason: 'a lab' },
    { rule: 'yandex/hold-time', reason: 'agreed with them' },
  ]
  const document = { ...plain, connections: [{ ...connection, provider: 'yandex', accept }] }
  const pushed = await at.engine.push(push(document, { confirmWithin: 60 }))
  t.ok(pushed.ok)
  const shown = await show()
  t.match(shown, {
    status: 0,
    out: /FILLED IN +VALUE +RULE +SOURCE\n[^]*attachments\[0\]\.bgp\[0\]\.bfd .*yandex\/bfd[^]*https?:\/\//,
  })
  t.match(
    shown.out,
    /accepted {2}dl: yandex\/provider-as, because a lab\n {2}attachments\[0\]\.bgp/,
  )
  const { out } = await show('--json')
  t.match(JSON.parse(out), {
    filled: [{ at: String, rule: /^yandex\//, sources: [/, read \d{4}-/] }],
    accepted: [
      {
        connection: 'dl',
        rule: 'yandex/provider-as',
        reason: 'a lab',
        broken: [{ at: /peerAs$/ }],
      },
      { connection: 'dl', rule: 'yandex/hold-time' },
    ],
  })
})
