import t from 'tap'
import { withLinkNames, withNamesOf } from '../../../src/core/intent/survey/port-names.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { BASE, changed } from '../../support/intent/intent-changes.js'

function intent(ports: readonly string[], members: readonly string[]): Intent {
  const parsed = parseIntent(
    changed(
      BASE,
      ['connections[0].ports', ports.map((name) => ({ name }))],
      ['attachments[1].l2.members', members],
    ),
  )
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  return parsed.value
}

const namesOf = ({ connections, attachments }: Intent) => [
  connections.flatMap(({ ports }) => ports.map(({ name }) => name)),
  attachments.flatMap(({ l2 }) => l2?.members ?? []),
]

const LINKS = [
  { name: 'eth0', altNames: ['uplink-a', 'enp1s0f0'] },
  { name: 'eth1', altNames: ['uplink-b', 'eth0'] },
  { name: 'eth2' },
]

t.test('a port and a bridge member named by an alternative name get the name of the link', (t) => {
  const written = intent(['uplink-a', 'eth1'], ['uplink-b', 'eth2', 'gone'])
  t.strictSame(namesOf(withLinkNames(written, LINKS)), [
    ['eth0', 'eth1'],
    ['eth1', 'eth2', 'gone'],
  ])
  t.strictSame(namesOf(written)[0], ['uplink-a', 'eth1'], 'the document stays as it was')
  t.end()
})

t.test('an intent without alternative names is the same object', (t) => {
  const written = intent(['eth0', 'eth1'], ['eth2'])
  t.equal(withLinkNames(written, LINKS), written, 'a link is named by its own name first')
  t.equal(withLinkNames(written, []), written)
  t.end()
})

t.test('two documents are compared without their names of ports', (t) => {
  const written = intent(['uplink-a', 'eth1'], ['uplink-b'])
  const resolved = withLinkNames(written, LINKS)
  t.strictSame(withNamesOf(written, resolved), resolved)
  t.strictSame(withNamesOf(resolved, resolved), resolved)
  t.end()
})
