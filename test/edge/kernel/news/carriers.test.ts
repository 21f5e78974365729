import fc from 'fast-check'
import t from 'tap'
import { createCarriers, readLinkLine } from '../../../../src/edge/kernel/news/carriers.js'

const LINK = { new: 16, del: 17 } as const
const FLAGS = { up: 1, carrier: 0x10000 } as const

/** The head of a message of the kernel about a link, as `rtnl_fill_ifinfo` writes it. */
function message(
  index: number,
  flags: number,
  {
    name = 'p1',
    type = LINK.new,
    attribute = 3,
  }: Partial<Record<'name', string>> & {
    readonly type?: number
    readonly attribute?: number
  } = {},
): Buffer {
  const head = Buffer.alloc(36)
  head.writeUInt16LE(type, 4)
  head.writeInt32LE(index, 20)
  head.writeUInt32LE(flags, 24)
  head.writeUInt16LE(4 + name.length + 1, 32)
  head.writeUInt16LE(attribute, 34)
  return Buffer.concat([head, Buffer.from(`${name}\0`, 'latin1')])
}

t.test('a link that is lost or back is one line, and nothing else is', (t) => {
  const carriers = createCarriers()
  const both = FLAGS.up | FLAGS.carrier
  t.equal(carriers.changed(message(2, both)), null, 'a link that was never seen has a carrier')
  const lost = carriers.changed(message(2, FLAGS.up))
  t.strictSame(readLinkLine(lost ?? ''), { name: 'p1', up: true, carrier: false })
  t.equal(carriers.changed(message(2, FLAGS.up)), null, 'as before')
  const back = carriers.changed(message(2, both))
  t.strictSame(readLinkLine(back ?? ''), { name: 'p1', up: true, carrier: true })
  t.strictSame(readLinkLine(carriers.changed(message(2, 0)) ?? ''), {
    ...{ name: 'p1', up: false, carrier: false },
  })
  t.equal(carriers.changed(message(2, 0, { type: LINK.del })), null)
  t.ok(carriers.changed(message(2, 0)), 'another link with the same number')
  t.end()
})

t.test('more links at once than are printed wait for the look', (t) => {
  const carriers = createCarriers()
  const lines = (from: number) =>
    Array.from({ length: 300 }, (_, place) => carriers.changed(message(from + place, FLAGS.up)))
  t.equal(lines(0).filter((line) => line !== null).length, 256)
  carriers.refill()
  t.equal(lines(1000).filter((line) => line !== null).length, 256)
  t.end()
})

t.test('a link whose name is no name of demarc, or does not stand first, is not printed', (t) => {
  for (const over of [{ name: 'a b' }, { name: 'x'.repeat(16) }, { name: '' }, { attribute: 1 }]) {
    t.equal(createCarriers().changed(message(2, FLAGS.up, over)), null, JSON.stringify(over))
  }
  t.equal(readLinkLine('link p1 up maybe'), null)
  t.equal(readLinkLine('links'), null)
  t.end()
})

t.test('whatever octets arrive, a line is null or one that can be read', (t) => {
  const carriers = createCarriers()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
      carriers.refill()
      const line = carriers.changed(Buffer.from(octets))
      return line === null || readLinkLine(line) !== null
    }),
  )
  t.end()
})
