import { toWant, type WantContext } from '../../../src/core/intent/want.js'
import type { Want } from '../../../src/core/model/plan.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { docExample } from './doc-examples.js'
import { ROUTER } from './full-intent.js'
import { parsePlace, withValue } from './document-paths.js'

/** The first and the second intent of the documentation. */
export const BASE = docExample('docs/intent.md', 'intent base')
export const VRF = docExample('docs/intent.md', 'intent vrf')

/** The neighbour of both. */
export const BGP = 'attachments[0].bgp[0]'

export type Change = readonly [path: string, value: unknown]

/** The document with some places changed; `undefined` takes a key away. */
export function changed(document: unknown, ...changes: readonly Change[]): unknown {
  return changes.reduce((now, [path, value]) => withValue(now, parsePlace(path), value), document)
}

export function read(document: unknown): Intent {
  const result = parseIntent(document)
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.value
}

export function want(document: unknown, router: WantContext = ROUTER): Want {
  const result = toWant(read(document), router)
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.value
}

/** `code at` of every fault, of the shape or else of the meaning. */
export function refusal(document: unknown, router: WantContext = ROUTER): string[] {
  const intent = parseIntent(document)
  const result = intent.ok ? toWant(intent.value, router) : intent
  return result.ok ? [] : result.faults.map(({ code, at }) => `${code} ${at}`)
}
