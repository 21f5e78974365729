import fc from 'fast-check'
import t from 'tap'
import { readOptic } from '../../../src/core/optics/reading.js'
import { buildModule, type ModuleKind, seal } from '../../support/kernel/eeprom.js'
import { edited, near, present } from '../../support/kernel/optic-reading.js'

t.test('a 10GBASE-LR module says who it is', (t) => {
  const { identity, remarks } = present(buildModule({ kind: '10GBASE-LR', serial: 'ABC123' }))
  t.strictSame(identity, {
    formFactor: 'SFP+',
    connectorType: 'LC',
    vendor: 'DEMARC LAB',
    vendorPart: '10GBASE-LR',
    vendorRev: 'A',
    vendorOui: '02:de:ac',
    serialNo: 'ABC123',
    dateCode: '2025-01-31',
    ethernetPmd: '10GBASE-LR',
    ethernetPmds: ['10GBASE-LR'],
    wavelength: 1310,
    nominalBitRate: 10_300,
    reachSmf: 10_000,
  })
  t.strictSame(remarks, [])
  t.end()
})

t.test('every kind of module is identified by its codes', (t) => {
  const table: readonly [ModuleKind, string, string | null, number | null, number][] = [
    ['10GBASE-LR', 'SFP+', '10GBASE-LR', 1310, 10_300],
    ['10GBASE-SR', 'SFP+', '10GBASE-SR', 850, 10_300],
    ['1000BASE-LX', 'SFP', '1000BASE-LX', 1310, 1_300],
    ['1000BASE-SX', 'SFP', '1000BASE-SX', 850, 1_300],
    ['25GBASE-LR', 'SFP28', '25GBASE-LR', 1310, 25_750],
    ['1000BASE-T', 'SFP', '1000BASE-T', null, 1_300],
    ['DAC', 'SFP+', null, null, 10_300],
  ]
  for (const [kind, formFactor, ethernetPmd, wavelength, nominalBitRate] of table) {
    t.match(
      present(buildModule({ kind })).identity,
      { formFactor, ethernetPmd, wavelength, nominalBitRate },
      kind,
    )
  }
  t.end()
})

t.test('each code bit of the standard names its PMD', (t) => {
  const table: readonly [at: number, code: number, pmds: readonly string[]][] = [
    [3, 0x80, ['10GBASE-ER']],
    [3, 0x40, ['10GBASE-LRM']],
    [3, 0x20, ['10GBASE-LR']],
    [3, 0x10, ['10GBASE-SR']],
    [6, 0x40, ['1000BASE-BX10']],
    [6, 0x20, ['100BASE-FX']],
    [6, 0x10, ['100BASE-LX10']],
    [6, 0x08, ['1000BASE-T']],
    [6, 0x04, ['1000BASE-CX']],
    [6, 0x02, ['1000BASE-LX']],
    [6, 0x01, ['1000BASE-SX']],
    [36, 0x02, ['25GBASE-SR']],
    [36, 0x03, ['25GBASE-LR']],
    [36, 0x04, ['25GBASE-ER']],
    [36, 0x0c, ['25GBASE-CR']],
    [36, 0x1c, ['10GBASE-T']],
    [36, 0x1e, ['2.5GBASE-T']],
    [36, 0xee, []],
  ]
  for (const [at, code, pmds] of table) {
    const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
    a0.fill(0, 3, 11)
    a0[at] = code
    seal(a0, 0, 63)
    t.strictSame(present({ a0, a2 }).identity.ethernetPmds, pmds, `byte ${at} = ${code}`)
  }
  t.end()
})

t.test('a dual-rate module names both rates, the faster first', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  a0[6] = 0x02
  seal(a0, 0, 63)
  const { identity } = present({ a0, a2 })
  t.strictSame(identity.ethernetPmds, ['10GBASE-LR', '1000BASE-LX'])
  t.equal(identity.ethernetPmd, '10GBASE-LR')
  t.end()
})

t.test('copper that copies optical codes is copper', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-SR' })
  a0[36] = 0x1c
  seal(a0, 0, 63)
  t.match(present({ a0, a2 }).identity, { ethernetPmds: ['10GBASE-T'], wavelength: null })
  const disguised = buildModule({ kind: '10GBASE-SR' })
  disguised.a0.fill(0, 60, 62)
  seal(disguised.a0, 0, 63)
  t.match(present(disguised).remarks, [/probably a copper module/])
  t.end()
})

t.test('codes that were never written name nothing', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  a0.fill(0xff, 3, 11)
  seal(a0, 0, 63)
  const { identity, remarks } = present({ a0, a2 })
  t.strictSame(identity.ethernetPmds, [])
  t.equal(identity.wavelength, 1310)
  t.match(remarks, [/never written/])
  t.end()
})

t.test('odd places of A0h are read as the standard says', (t) => {
  const change = (edit: (a0: Uint8Array) => void) => {
    const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
    edit(a0)
    seal(seal(a0, 0, 63), 64, 95)
    return present({ a0, a2 }).identity
  }
  t.equal(change((a0) => a0.set([80, 0], 14)).reachSmf, 80_000, '80 km')
  t.equal(change((a0) => a0.set([40, 255], 14)).reachSmf, 40_000, '40 km and more than 25.4 km')
  t.equal(change((a0) => a0.set([0, 255], 14)).reachSmf, 25_400, 'more than 25.4 km')
  t.equal(change((a0) => a0.set([0, 5], 14)).reachSmf, 500, '500 m')
  t.equal(change((a0) => a0.set([0x06, 0x16, 98], 60)).wavelength, 1558.98, 'DWDM fraction')
  t.equal(change((a0) => (a0[2] = 0x99)).connectorType, 'unknown (0x99)')
  t.equal(change((a0) => (a0[2] = 0x00)).connectorType, 'unspecified')
  t.equal(change((a0) => a0.fill(0, 56, 60)).vendorRev, '', 'NUL padding')
  t.equal(change((a0) => (a0[22] = 0x0a)).vendor, 'DE?ARC LAB', 'no control characters')
  t.equal(change((a0) => a0.set(Buffer.from('13051199'), 84)).dateCode, '2013-05-11', 'lot code')
  t.equal(change((a0) => a0.set(Buffer.from('991399  '), 84)).dateCode, '991399', 'no such month')
  t.equal(change((a0) => (a0[0] = 0x0b)).formFactor, 'DWDM-SFP')
  t.end()
})

t.test('a cage without a module and one that fails are passed on', (t) => {
  t.strictSame(readOptic({ state: 'absent' }), { state: 'absent' })
  const failed = { state: 'unreadable', reason: 'EIO' } as const
  t.strictSame(readOptic(failed), failed)
  t.end()
})

t.test('a page that cannot be trusted is unreadable, and the reason names the place', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  const reason = (page: Uint8Array) => {
    const reading = readOptic({ state: 'bytes', a0: page, a2 })
    return reading.state === 'unreadable' ? reason1(reading.reason) : 'readable'
  }
  const reason1 = (text: string) => text
  t.equal(reason(a0.subarray(0, 64)), 'A0h ends after 64 octets, 96 are needed')
  t.equal(reason(new Uint8Array(0)), 'A0h ends after 0 octets, 96 are needed')
  t.match(reason(new Uint8Array(256)), /0x00 throughout/)
  t.match(reason(new Uint8Array(256).fill(0xff)), /0xff throughout/)
  t.match(
    reason(edited(a0, 40, 0x7f)),
    /^A0h checksum CC_BASE \(byte 63\) is 0x[0-9a-f]{2}, computed/,
  )
  t.strictSame(readOptic({ state: 'bytes', a0: edited(a0, 0, 0x18), a2: null }), {
    state: 'unsupported',
    reason: 'QSFP-DD, whose memory follows CMIS',
  })
  t.match(reason(seal(edited(a0, 0, 0x7f), 0, 63)), /0x7f \(A0h byte 0\) is not one of SFF-8472/)
  t.end()
})

t.test('a wrong extended checksum leaves a readable module with a remark', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  const reading = present({ a0: edited(a0, 95, (a0[95] ?? 0) ^ 1), a2 })
  t.match(reading.remarks, [/^A0h checksum CC_EXT \(byte 95\)/])
  near(t, reading.diagnostics?.inputPower?.dbm, -6, 0.01)
  t.end()
})

const noisy = fc.uint8Array({ minLength: 0, maxLength: 300 })

t.test('junk never throws and never gives a number that is none', (t) => {
  const everyNumberIsFinite = (value: unknown): boolean => {
    if (typeof value === 'number') return Number.isFinite(value)
    if (value === null || typeof value !== 'object') return true
    return Object.values(value).every(everyNumberIsFinite)
  }
  fc.assert(
    fc.property(noisy, fc.option(noisy), (a0, a2) =>
      everyNumberIsFinite(readOptic({ state: 'bytes', a0, a2 })),
    ),
  )
  const sealed = fc.uint8Array({ minLength: 256, maxLength: 256 })
  fc.assert(
    fc.property(sealed, sealed, (a0, a2) => {
      a0[0] = 0x03
      a0[92] = (a0[92] ?? 0) | 0x70
      const reading = readOptic({
        state: 'bytes',
        a0: seal(seal(a0, 0, 63), 64, 95),
        a2: seal(a2, 0, 95),
      })
      return reading.state === 'present' && everyNumberIsFinite(reading)
    }),
    { numRuns: 1000 },
  )
  t.end()
})

t.test('one flipped bit under a checksum is always seen', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  if (a2 === null) throw new Error('no A2h')
  const flip = (page: Uint8Array, at: number, bit: number) =>
    edited(page, at, (page[at] ?? 0) ^ (1 << bit))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      return readOptic({ state: 'bytes', a0: flip(a0, at, bit), a2 }).state === 'unreadable'
    }),
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const reading = readOptic({ state: 'bytes', a0, a2: flip(a2, at, bit) })
      return reading.state === 'present' && reading.diagnostics === null
    }),
  )
  t.end()
})

t.test('text of a module never carries a control character', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (junk) => {
      const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
      a0.set(junk, 20)
      const reading = readOptic({ state: 'bytes', a0: seal(a0, 0, 63), a2 })
      return reading.state === 'present' && /^[\x20-\x7e]*$/.test(reading.identity.vendor)
    }),
  )
  t.end()
})
