import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { createOpticCache } from '../../../src/agent/health/optic-cache.js'
import type { ModuleEeprom } from '../../../src/core/model/optic.js'
import type { PortLink } from '../../../src/core/model/state.js'
import { manualClock } from '../../support/process/manual-clock.js'
import { healthyPort, NO_COUNTERS } from '../../support/agent/router-state.js'

/** As the kernel shows it, without what health knows of it. */
function port(name: string, over: Partial<PortLink> = {}): PortLink {
  const { expectedOptic, expectedModes, optic, opticAt, ...link } = healthyPort(name, over)
  return link
}

const EMPTY: ModuleEeprom = { state: 'absent' }

/** `answer`: what the driver says of each module. */
function bench(answer = EMPTY) {
  const read: string[] = []
  const clock = manualClock()
  const optic = createOpticCache({
    eeprom(port) {
      read.push(port)
      return Promise.resolve(answer)
    },
    maxAge: millis(30_000),
    terms: {
      deadline: millis(1000),
      staleAfter: millis(3000),
      clock,
      onLate: () => undefined,
    },
  })
  return {
    /** The modules that are read at a look so many seconds after the start. */
    at: async (seconds: number, ...links: readonly PortLink[]) => {
      await clock.advance(seconds * 1000 - clock.now())
      read.length = 0
      for (const link of links) await optic(link)
      return [...read]
    },
    optic,
  }
}

t.test('a module is read once in each interval, however often it is asked for', async (t) => {
  const { at } = bench()
  const [p1, p2] = [port('p1'), port('p2')]
  t.strictSame(await at(0, p1, p2), ['p1', 'p2'])
  for (const seconds of [1, 5, 29]) t.strictSame(await at(seconds, p1, p2), [], `${seconds} s`)
  t.strictSame(await at(30, p1), ['p1'])
  t.strictSame(await at(31, p1, p2), ['p2'], 'each has its own age')
})

t.test('a port whose link changes is read at once, and no other port is', async (t) => {
  const { at } = bench()
  const p2 = port('p2')
  await at(0, port('p1'), p2)
  const changes: readonly Partial<PortLink>[] = [
    { carrier: false },
    { carrier: true, carrierTransitions: 4 },
    { carrier: true, carrierTransitions: 4, speed: 1000 },
    { adminUp: false, carrierTransitions: 4, speed: 1000 },
  ]
  for (const [i, over] of changes.entries()) {
    t.strictSame(await at(i + 1, port('p1', over), p2), ['p1'], JSON.stringify(over))
    const counted = { ...NO_COUNTERS, inOctets: i, outOctets: 9, inErrors: i }
    const later = port('p1', { ...over, counters: counted })
    t.strictSame(await at(i + 1, later, p2), [], 'counters say nothing of the module')
  }
})

t.test('a port that is gone has no module, and is read when it is back', async (t) => {
  const { at, optic } = bench()
  const p1 = port('p1')
  await at(0, p1)
  const gone = { ...p1, present: false }
  t.strictSame(await at(1, gone), [])
  t.strictSame(await optic(gone), { optic: { state: 'absent' }, opticAt: null })
  t.strictSame(await at(2, p1), ['p1'])
})

t.test('a module that could not be read is read again sooner', async (t) => {
  const { at } = bench({ state: 'unreadable', reason: 'the driver answered EIO' })
  const p1 = port('p1')
  t.strictSame(await at(0, p1), ['p1'])
  for (const seconds of [5, 9]) t.strictSame(await at(seconds, p1), [], `${seconds} s`)
  t.strictSame(await at(10, p1), ['p1'])
  t.strictSame(await at(20, p1), ['p1'])
})
