import t from 'tap'
import type * as z from 'zod'
import { AGENT_METHODS, HUB_METHODS } from '../../../src/core/wire/messages.js'
import { ErrorFrame, RequestFrame, ResultFrame } from '../../../src/core/wire/rpc.js'
import { docExamples } from '../../support/intent/doc-examples.js'

const SIDES: Readonly<
  Record<
    string,
    Readonly<Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>>
  >
> = { hub: HUB_METHODS, agent: AGENT_METHODS }

t.test('every example of the protocol page is a message that both ends accept', async (t) => {
  const examples = docExamples('docs/protocol.md')
  t.ok(examples.length >= 10, `${examples.length} examples`)
  for (const { name, text } of examples) {
    const frame: unknown = JSON.parse(text)
    if (name === 'error') {
      t.match(ErrorFrame.safeParse(frame), { success: true }, name)
      continue
    }
    const [side = '', method = '', kind] = name.split(' ')
    const shape = SIDES[side]?.[method]
    if (shape === undefined) {
      t.fail(`${name} names no method`)
    } else if (kind === 'result') {
      const { result } = ResultFrame.parse(frame)
      t.strictSame(shape.result.parse(result), result, name)
    } else {
      const request = RequestFrame.parse(frame)
      t.equal(request.method, method)
      t.match(shape.params.parse(request.params ?? {}), request.params ?? {}, name)
    }
  }
})
