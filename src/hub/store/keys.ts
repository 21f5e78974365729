/** Digits of a number in a key: enough for any safe integer, so that keys sort like numbers. */
const DIGITS = 16

function padded(number: number): string {
  return String(number).padStart(DIGITS, '0')
}

/**
 * The keys of the store. Router ids hold no `/` (see `core/wire`), so no id can name a key of another
 * router. The texts are those of 0.1.0 and must stay: a hub opens the store of the version before it.
 */
export const KEYS = {
  routers: 'router/',
  router: (id: string) => `router/${id}`,
  intents: (id: string) => `intent/${id}/`,
  intent: (id: string, generation: number) => `intent/${id}/${padded(generation)}`,
  healthBase: (id: string) => `health/${id}/base`,
  healthPatches: (id: string) => `health/${id}/patch/`,
  healthPatch: (id: string, sequence: number) => `health/${id}/patch/${padded(sequence)}`,
  /** The journal records of all routers, in one order. */
  records: 'news/',
  record: (number: number) => `news/${padded(number)}`,
  /** The numbers of one router's records of one type. */
  index: (id: string, type: string) => `index/${id}/${type}/`,
  indexItem: (id: string, type: string, number: number) => `index/${id}/${type}/${padded(number)}`,
  /** How many records an index has; since 0.2.0. */
  count: (id: string, type: string) => `count/${id}/${type}`,
  /** Words about the connections and attachments of each router; since 0.2.0. */
  lifecycles: 'lifecycle/',
  lifecycle: (id: string) => `lifecycle/${id}`,
  /** A router's record that could not be read, as it was; since 0.2.0. */
  unreadableRouter: (id: string) => `unreadable/router/${id}`,
  journal: 'hub/journal',
  audits: 'audit/',
  audit: (number: number) => `audit/${padded(number)}`,
} as const

/** The number at the end of a key. */
export function keyNumber(key: string): number {
  return Number(key.slice(-DIGITS))
}
