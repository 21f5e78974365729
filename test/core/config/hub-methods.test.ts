import t from 'tap'
import { parseAgentSettings } from '../../../src/core/config/agent-file.js'
import {
  allowedForHub,
  HUB_ALLOWED_BY_DEFAULT,
  HUB_PERMISSION_WORDS,
  permissionFor,
} from '../../../src/core/config/hub-methods.js'
import { FAULTS } from '../../../src/core/base/fault.js'
import { AGENT_METHODS, type AgentMethod } from '../../../src/core/wire/messages.js'

/** Methods that a hub may always call, or that its connection never answers. */
const NOT_GUARDED: readonly string[] = ['neighbor.clear', 'ping', 'watch']

/** Every request that a hub can make, as far as the permission depends on it. */
const REQUESTS = (Object.keys(AGENT_METHODS) as AgentMethod[]).flatMap((method) =>
  [{}, { accept: false }, { accept: true }].map((params) => ({ method, params })),
)

t.test('every method of the agent has a word in [hub] allow, and every word a method', (t) => {
  const words = REQUESTS.map(({ method, params }) => permissionFor(method, params))
  t.strictSame(
    new Set(words.filter((word) => word !== null)),
    new Set(HUB_PERMISSION_WORDS),
    'a method without a word would be open to every hub',
  )
  const open = REQUESTS.filter(({ method, params }) => permissionFor(method, params) === null)
  t.strictSame([...new Set(open.map(({ method }) => method))].sort(), NOT_GUARDED)
  t.end()
})

t.test('a request is answered if its word is allowed, and only then', (t) => {
  for (const { method, params } of REQUESTS) {
    const word = permissionFor(method, params)
    if (word === null) continue
    const others = HUB_PERMISSION_WORDS.filter((other) => other !== word)
    const name = `${method} ${JSON.stringify(params)}`
    t.ok(allowedForHub(method, params, [word]).ok, name)
    const refused = allowedForHub(method, params, others)
    t.match(refused, {
      ok: false,
      faults: [{ code: 'UNAUTHORIZED', at: 'hub.allow', message: `"${word}"` }],
    })
  }
  t.equal(FAULTS.UNAUTHORIZED.next, 'operator')
  t.end()
})

t.test('what gives the router away is left to people at the router', (t) => {
  const kept = HUB_PERMISSION_WORDS.filter((word) => !HUB_ALLOWED_BY_DEFAULT.includes(word))
  t.strictSame(kept, ['change.accept', 'router.release'])
  t.end()
})

t.test('the settings name the words, and refuse another one', (t) => {
  const read = (allow: string) =>
    parseAgentSettings(
      `[agent]\nid = "r1"\n[hub]\nurls = ["wss://h/agent"]\ntoken_file = "/t"\n${allow}`,
      'demarc.toml',
    )
  t.match(read(''), { ok: true, value: { hub: { allow: HUB_ALLOWED_BY_DEFAULT } } })
  t.match(read('allow = []\n'), { ok: true, value: { hub: { allow: [] } } })
  t.match(read('allow = ["show.status"]\n'), {
    ok: true,
    value: { hub: { allow: ['show.status'] } },
  })
  t.match(read('allow = ["router.reboot"]\n'), {
    ok: false,
    faults: [{ code: 'CONFIG_VALUE', message: /"router.release"/ }],
  })
  t.end()
})
