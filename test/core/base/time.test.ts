import fc from 'fast-check'
import t from 'tap'
import { instantOf, instantTextOf } from '../../../src/core/base/time.js'

t.test('an instant of any offset is read as JavaScript reads it', (t) => {
  const two = (value: number) => String(value).padStart(2, '0')
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2, 0), max: Date.UTC(9998, 0) }),
      fc.integer({ min: -1439, max: 1439 }),
      fc.integer({ min: 0, max: 6 }),
      (at, offset, places) => {
        const local = new Date(at + offset * 60_000).toISOString()
        const sign = offset < 0 ? '-' : '+'
        const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`
        const written = `${local.slice(0, -1)}${'0'.repeat(places)}${zone}`
        return instantOf(written) === at && instantTextOf(at) === new Date(at).toISOString()
      },
    ),
    { numRuns: 2000 },
  )
  t.end()
})

const INSTANTS: Readonly<Record<string, string>> = {
  '2026-01-31t12:00:00z': '2026-01-31T12:00:00.000Z',
  '2026-01-31 12:00:00Z': '2026-01-31T12:00:00.000Z',
  '2024-02-29T00:00:00.1Z': '2024-02-29T00:00:00.100Z',
  '2026-01-31T12:00:00.1234567890123456789012345Z': '2026-01-31T12:00:00.123Z',
  '1990-12-31T15:59:60-08:00': '1991-01-01T00:00:00.000Z',
  '1937-01-01T12:00:27.87+00:20': '1937-01-01T11:40:27.870Z',
  '0000-03-01T00:00:00Z': '0000-03-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z': '9999-12-31T23:59:59.999Z',
}

t.test('every form of RFC 3339 is read, the leap second too', (t) => {
  for (const [written, read] of Object.entries(INSTANTS)) {
    t.equal(instantTextOf(instantOf(written) ?? NaN), read, written)
  }
  t.end()
})

const NONE = [
  'yesterday',
  '2026-01-31',
  '2026-01-31T12:00:00',
  '2026-01-31T12:00Z',
  '2026-1-31T12:00:00Z',
  '2026-13-01T12:00:00Z',
  '2026-02-29T12:00:00Z',
  '1900-02-29T12:00:00Z',
  '2026-01-00T12:00:00Z',
  '2026-01-31T24:00:00Z',
  '2026-01-31T12:60:00Z',
  '2026-01-31T12:00:60Z',
  '2026-01-31T12:00:61Z',
  '2026-01-31T12:00:00.Z',
  '2026-01-31T12:00:00+24:00',
  '2026-01-31T12:00:00+0100',
  '2026-01-31T12:00:00 Z',
  '10126-01-01T00:00:00Z',
  '0000-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
  '２０２６-01-31T12:00:00Z',
]

t.test('what is no instant of RFC 3339, or outside its years, is refused', (t) => {
  for (const text of NONE) t.equal(instantOf(text), undefined, text)
  t.end()
})
