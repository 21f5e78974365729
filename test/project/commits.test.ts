import { pathToFileURL } from 'node:url'
import t from 'tap'

const { commitFaults } = (await import(
  pathToFileURL('scripts/checks/commit-message.mjs').href
)) as { readonly commitFaults: (message: string) => readonly string[] }

const why = '\n\nBecause the reader of the history asks.\n'

t.test('a subject with its room and a reason pass', (t) => {
  t.same(commitFaults(`core/links: refuse a VLAN without a parent${why}`), [])
  t.same(commitFaults(`docs: \`demarc plan\` has an example${why}`), [])
  t.end()
})

t.test('all faults of a message are reported at once', (t) => {
  const cases: readonly (readonly [message: string, fault: RegExp])[] = [
    [`Refuse a VLAN${why}`, /not `room: imperative phrase`/],
    [`links: Refuse a VLAN${why}`, /not `room: imperative phrase`/],
    [`links: refuse a VLAN.${why}`, /ends with a period/],
    [`links: refuse a VLAN ${'x'.repeat(60)}${why}`, /has 81 characters/],
    [`links: added a refusal${why}`, /not an imperative/],
    ['links: refuse a VLAN', /no body says why/],
    ['links: refuse a VLAN\nno blank line\nthe reason', /no blank line/],
  ]
  for (const [message, fault] of cases) t.match(commitFaults(message).join('\n'), fault, message)
  t.equal(commitFaults('Added.').length, 3)
  t.end()
})
