import t from 'tap'
import { renderPlan } from '../../src/cli/render/change.js'
import { toWant } from '../../src/core/intent/want.js'
import { summarize } from '../../src/core/router/describe.js'
import { planRouter } from '../../src/core/router/plan.js'
import { parseIntent } from '../../src/core/wire/intent-parse.js'
import { fakeFrr } from '../support/frr/fake-frr.js'
import { docExample, docExamples } from '../support/intent/doc-examples.js'
import { fakeKernel, fakePort } from '../support/kernel/fake-kernel.js'

/** The front page cuts lines after this many characters. */
const WIDTH = 140

function cutLines(text: string): string {
  return text
    .split('\n')
    .map((line) => (line.length <= WIDTH ? line : `${line.slice(0, WIDTH)} …`))
    .join('\n')
}

t.test('the plan on the front page is the plan of the intent above it', async (t) => {
  const intent = parseIntent(docExample('README.md', 'first intent'))
  if (!intent.ok) throw new Error(JSON.stringify(intent.faults))
  const want = toWant(intent.value, { managedPorts: ['enp1s0f*'], secrets: new Map() })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  const kernel = fakeKernel([fakePort('enp1s0f0'), fakePort('enp1s0f1')])
  const have = { ...(await kernel.read()), frr: await fakeFrr().read() }
  const plan = planRouter(want.value, have)
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  const shown = docExamples('README.md').find(({ name }) => name === 'its plan')?.text
  t.equal(shown, cutLines(renderPlan(summarize(plan.value))))
})
