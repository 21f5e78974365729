import type { Published } from './from-schema.js'
import type { Random } from './random.js'

/** One message of a hostile peer; octets where it is no valid text. */
export type HostileFrame = string | Buffer

/** Makes a frame that asks, answers or breaks something at this side. */
export function hostileFrame(
  published: Published,
  side: 'hub' | 'agent',
  random: Random,
): HostileFrame {
  const method = random.pick(published.methods(side))
  const params = published.value(`${side}.${method}.params`, random)
  const id = random.pick<unknown>([1, 1, 'x', 2 ** 53, -1, null, 1.5, 'y'.repeat(80)])
  const frame = { jsonrpc: '2.0', id, method, params }
  return random.once(3) ? random.pick(BREAKERS)(frame, random) : JSON.stringify(frame)
}

type Frame = Readonly<Record<string, unknown>>
type Breaker = (frame: Frame, random: Random) => HostileFrame

/** Lengths on either side of every limit that could matter. */
const DEPTHS = [10, 31, 32, 33, 100, 2000]
const LONG_DEPTHS = [60_000, 400_000]
const WIDTHS = [20, 21, 300, 1000]
const LONG_WIDTHS = [16_384, 16_385, 60_000]

/** One of the long ones only now and then: a hub paces octets, and few frames of a run would reach it. */
function size(random: Random, short: readonly number[], long: readonly number[]): number {
  return random.pick(random.once(25) ? long : short)
}

const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth)

/** The frame with this text in the place of its parameters. */
function withParams(frame: Frame, params: string): string {
  return JSON.stringify({ ...frame, params: 0 }).replace('"params":0', `"params":${params}`)
}

function members(count: number, key: (place: number) => string): string {
  return Array.from({ length: count }, (_, i) => `${JSON.stringify(key(i))}:0`).join(',')
}

const BREAKERS: readonly Breaker[] = [
  (frame, random) => withParams(frame, nested(size(random, DEPTHS, LONG_DEPTHS))),
  (frame, random) =>
    withParams(frame, `{"health":${nested(size(random, DEPTHS, LONG_DEPTHS), '{"a":', '}')}}`),
  (frame, random) =>
    withParams(frame, `{"health":{"ports":${nested(size(random, DEPTHS, LONG_DEPTHS))}}}`),
  (_, random) => nested(size(random, DEPTHS, LONG_DEPTHS)),
  (_, random) => '['.repeat(size(random, DEPTHS, LONG_DEPTHS)),
  (frame, random) =>
    withParams(frame, `{${members(size(random, WIDTHS, LONG_WIDTHS), (i) => `k${i}`)}}`),
  (frame, random) => withParams(frame, `[${'0,'.repeat(size(random, WIDTHS, LONG_WIDTHS))}0]`),
  (frame, random) =>
    withParams(frame, `{"events":[${'{},'.repeat(size(random, WIDTHS, LONG_WIDTHS))}{}]}`),
  (frame) => withParams(frame, '{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}'),
  (frame) => withParams(frame, '{"a":1,"a":2,"\\u0061":3}'),
  (frame) =>
    withParams(frame, '{"sequence":1e400,"dropped":-1e400,"acknowledged":9007199254740993}'),
  (frame) => `\ufeff${JSON.stringify(frame)}`,
  (frame) => `${JSON.stringify(frame)}}`,
  (frame, random) => JSON.stringify(frame).slice(0, random.below(40)),
  (frame) => JSON.stringify([frame, frame]),
  (frame) => JSON.stringify({ ...frame, id: undefined }),
  (frame) => JSON.stringify({ jsonrpc: '2.0', id: frame['id'], result: frame['params'] }),
  (frame) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: 1, message: '', data: frame } }),
  (frame) => JSON.stringify({ ...frame, method: '__proto__' }),
  (frame) => JSON.stringify({ ...frame, method: 'x'.repeat(70) }),
  (frame) => JSON.stringify({ ...frame, extra: frame }),
  (frame) => withParams(frame, `"${'\\ud800'.repeat(1000)}"`),
  // This closes the connection.
  (_, random) => (random.once(5) ? Buffer.from([0xc3, 0x28, 0xff, 0xfe]) : '\u0000'),
  () => '',
]
