import t from 'tap'
import { judgeIntent } from '../../../src/core/judged/judge-intent.js'
import { everySecret } from '../../../src/core/intent/secret-names.js'
import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { minimal, sample, sampleNames, sampleText, servicesOf } from './samples.js'

for (const name of sampleNames()) {
  t.test(`the sample ${name} is valid`, async (t) => {
    const intent = sample(name)
    const judged = judgeIntent(intent, {
      managedPorts: ['*'],
      secrets: everySecret(intent),
      profiles: BUILT_IN,
      passwords: {},
    })
    t.strictSame(judged.ok ? [] : judged.faults, [])
    if (judged.ok && name.endsWith('-full')) {
      t.strictSame(judged.value.breaches, [], 'a full intent is not even warned of')
    }
    if (!name.endsWith('-minimal')) return
    t.ok(sampleText(name).trimEnd().split('\n').length <= 15, 'it has at most 15 lines')
  })
}

t.test(
  'each service of each provider has a minimal sample, each provider a full one',
  async (t) => {
    for (const profile of BUILT_IN.values()) {
      for (const service of servicesOf(profile)) {
        const [connection] = minimal(profile, service).connections
        t.equal(connection?.provider, profile.id)
      }
      t.equal(sample(`${profile.id}-full`).connections[0]?.provider, profile.id)
    }
  },
)
