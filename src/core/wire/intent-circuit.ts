import * as z from 'zod'
import { line, whole, wordOf } from './intent-fields.js'
import { INTENT_LIMITS } from './limits.js'

/** Characters of one place or id. */
const FACT_LENGTH = 64
const NOTES_LENGTH = 256

const place = (what: string) => line(what, FACT_LENGTH).exactOptional()

/** An object that says something. */
function some<Shape extends z.core.$ZodLooseShape>(shape: z.ZodObject<Shape, z.core.$strict>) {
  return shape
    .refine((value) => Object.keys(value).length > 0, 'must have at least one fact')
    .meta({ minProperties: 1 })
}

const Loa = z.strictObject({
  cabinet: place('the cabinet or rack'),
  cage: place('the cage or room'),
  panel: place('the patch panel'),
  port: place('the port of the panel'),
  pair: place('the pair of strands'),
  side: place('the side of the panel or the end of the cross-connect'),
  connector: place('the connector, such as "LC/PC"'),
})

const Id = z.strictObject({
  name: wordOf('what the provider calls the id, such as "dxcon"'),
  value: line('the id', FACT_LENGTH),
})

/** Facts of the provider's papers. Nothing is configured by them. */
const Circuit = z.strictObject({
  ids: z
    .array(Id.describe('one id'))
    .max(INTENT_LIMITS.idsPerCircuit)
    .describe("the provider's own ids of the connection or attachment")
    .exactOptional(),
  loa: some(Loa)
    .describe('where the cross-connect ends, from the letter of authorization (LOA-CFA)')
    .exactOptional(),
  bandwidth: whole(
    1,
    1_000_000,
    'the bandwidth that is bought, in Mb/s, 1-1000000',
  ).exactOptional(),
  redundancyGroup: wordOf('the group whose circuits stand in for each other').exactOptional(),
  notes: line('what else should be known', NOTES_LENGTH).exactOptional(),
})

export const CircuitFacts = some(Circuit)

export const circuitField = () =>
  CircuitFacts.describe(
    "facts of the provider's papers; they configure nothing and are shown with the health",
  ).exactOptional()
