import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, dialHub, event, good, helloOf, hubBench, intent, type HubBench } from './bench.js'

/** What a hub has acknowledged, to be compared with what it still answers. */
export interface Acknowledged {
  readonly routers: readonly string[]
  readonly events: Readonly<Record<string, readonly string[]>>
  readonly intents: Readonly<Record<string, readonly number[]>>
  readonly healths: Readonly<Record<string, unknown>>
}

export interface Amounts {
  readonly routers: number
  readonly events: number
  readonly intents: number
}

/** Fills the data directory of a hub that is closed afterwards; `lives`: with so many starts. */
export async function fillStore(dir: string, amounts: Amounts, lives = 2): Promise<Acknowledged> {
  const ids = Array.from({ length: amounts.routers }, (_, place) => `edge-${place}`)
  const tokens = new Map<string, string>()
  for (let life = 0; life < lives; life += 1) {
    const at = await hubBench({ dir })
    for (const id of ids) if (life === 0) tokens.set(id, await at.register(id))
    for (const id of ids)
      await fillRouter(at, { id, token: tokens.get(id) ?? '' }, { amounts, life })
    const kept = await answersOf(at)
    await at.close()
    if (life === lives - 1) return kept
  }
  throw new Error('a store needs at least one life')
}

/** One life of one router: its health, events and intents. */
async function fillRouter(
  at: HubBench,
  { id, token }: { readonly id: string; readonly token: string },
  { amounts, life }: { readonly amounts: Amounts; readonly life: number },
): Promise<void> {
  const peer = good(await dialHub(at.port(), { token, router: id }))
  const { acknowledged } = good(await peer.call('hello', helloOf(id)))
  let sequence = acknowledged
  const health = { ports: { eth0: { severity: life === 0 ? 'ok' : 'warning' } } } as const
  const full = { sequence: ++sequence, at: AT, kind: 'full', health } as const
  good(await peer.call('report.health', full))
  for (let n = 0; n < amounts.events; n += 1) {
    const events = [event(`E${life}-${n}`)]
    good(await peer.call('report.events', { sequence: ++sequence, events }))
  }
  for (let n = 0; n < amounts.intents; n += 1) {
    const generation = life * amounts.intents + n + 1
    await call(at.port(), at.operator(), 'PUT', {
      path: `/v1/routers/${id}/intent`,
      body: intent(generation, id),
    })
  }
  peer.hangUp(1000, 'done')
  await peer.closed
}

const AT = '2026-01-01T00:00:00.000Z'

/** Everything that this hub answers of what was acknowledged. */
export async function answersOf(at: {
  readonly api: (
    method: string,
    path: string,
  ) => Promise<{ readonly body: Record<string, unknown> }>
}): Promise<Acknowledged> {
  const list = await at.api('GET', '/v1/routers')
  const routers = (list.body['routers'] as { id: string }[]).map(({ id }) => id)
  const events: Record<string, string[]> = {}
  const intents: Record<string, number[]> = {}
  const healths: Record<string, unknown> = {}
  for (const id of routers) {
    const path = `/v1/routers/${id}`
    const page = await at.api('GET', `${path}/events?after=0&limit=1000`)
    events[id] = ((page.body['events'] ?? []) as { code: string }[]).map(({ code }) => code)
    const newest = await at.api('GET', `${path}/intent`)
    const top = Number(newest.body['generation'] ?? 0)
    intents[id] = []
    for (let generation = 1; generation <= top; generation += 1) {
      const one = await at.api('GET', `${path}/intent?generation=${generation}`)
      if (one.body['generation'] === generation) intents[id].push(generation)
    }
    healths[id] = (await at.api('GET', `${path}/health`)).body['health']
  }
  return { routers, events, intents, healths }
}

/** A generator of numbers in [0, below), always the same for one seed. */
export function numbersFrom(seed: string): (below: number) => number {
  let counter = 0
  return (below) => {
    const digest = createHash('sha256').update(`${seed} ${counter++}`).digest()
    return digest.readUInt32BE(0) % Math.max(1, below)
  }
}

/** Every file of the store: LevelDB's, and those beside them. */
export function storeFiles(dir: string): string[] {
  const inside = readdirSync(join(dir, 'store'))
    .filter((name) => name !== 'LOCK' && !name.startsWith('LOG'))
    .map((name) => join('store', name))
  return [...inside, 'store.checkpoint', 'store.format'].sort()
}

/** Damages one file in one of the ways a disk does; says how. */
export function damageFile(path: string, next: (below: number) => number): string {
  const { size } = statSync(path)
  const kind = next(4)
  if (kind === 0) {
    const length = next(size)
    truncateSync(path, length)
    return `cut from ${size} to ${length} octets`
  }
  const text = readFileSync(path)
  const at = next(size)
  if (kind === 1) {
    text[at] = (text[at] ?? 0) ^ (1 << next(8))
    writeFileSync(path, text)
    return `one bit at ${at} of ${size}`
  }
  const length = 1 + next(kind === 2 ? 64 : 4096)
  text.fill(kind === 2 ? next(256) : 0, at, Math.min(size, at + length))
  writeFileSync(path, text)
  return `${length} octets at ${at} of ${size} overwritten`
}
