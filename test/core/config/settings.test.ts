import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import t from 'tap'
import type { Result } from '../../../src/core/base/result.js'
import { parseAgentSettings } from '../../../src/core/config/agent-file.js'
import { parseHubSettings } from '../../../src/core/config/hub-file.js'
import { parseSecret, parseToken } from '../../../src/core/config/secret.js'

const AGENT = '[agent]\nid = "r1"\n'
const HUB = `${AGENT}[hub]\nurls = ["wss://h/agent"]\ntoken_file = "/t"\n`
const HEX = 'ab'.repeat(32)

const agent = (text: string) => parseAgentSettings(text, 'demarc.toml')
const hub = (text: string) => parseHubSettings(text, 'hub.toml')

/** `code at` of every fault. */
function faults(result: Result<unknown>): string[] {
  return result.ok ? [] : result.faults.map(({ code, at }) => `${code} ${at}`)
}

t.test('the shortest agent file works without a hub and manages no port', async (t) => {
  t.matchOnly(agent(AGENT), {
    ok: true,
    value: {
      agent: { id: 'r1' },
      hub: null,
      ports: { manage: [] },
      frr: { runDir: '/run/frr', bmp: null },
      state: { dir: '/var/lib/demarc', socket: '/run/demarc/demarcd.sock' },
      intervals: { poll: 60, health: 5, optics: 30 },
      safety: {
        maxImpact: 'session-reset',
        confirmWithin: 600,
        grace: 120,
        drain: 5,
        drift: 'repair',
      },
      secrets: { dir: '/etc/demarc/secrets', credentialPrefix: 'demarc.secret.' },
      metrics: { address: '127.0.0.1', port: 7481 },
      otlp: null,
      log: { level: 'info' },
    },
  })
})

t.test('what the samples show as left out is what holds when it is left out', async (t) => {
  for (const [file, parse] of [
    ['config/demarc.toml', parseAgentSettings],
    ['config/hub.toml', parseHubSettings],
  ] as const) {
    const sample = readFileSync(file, 'utf8')
    const shown = sample.replaceAll(/^# ([a-z_]+ = .*)$/gm, '$1')
    t.not(shown, sample, `${file} shows defaults`)
    const [quiet, loud] = [parse(sample, file), parse(shown, file)]
    t.ok(quiet.ok, file)
    t.strictSame(loud, quiet, file)
  }
})

t.test('what the samples offer as an alternative is accepted in its place', async (t) => {
  const offered = (file: string, without: RegExp) =>
    readFileSync(file, 'utf8').replace(without, '').replaceAll(/^#: /gm, '')
  t.match(agent(offered('config/demarc.toml', /^token_file.*$/m)), {
    value: {
      hub: {
        token: { kind: 'credential', name: 'demarc.token' },
        caFile: '/etc/demarc/hub-ca.pem',
      },
    },
  })
  t.match(hub(offered('config/hub.toml', /^token_file = "\/etc\/demarc\/api.*$/m)), {
    value: {
      tls: { certFile: '/etc/demarc/hub-cert.pem', keyFile: '/etc/demarc/hub-key.pem' },
      operators: [
        { name: 'api', token: { kind: 'sha256' } },
        { name: 'alice', token: { kind: 'file' } },
      ],
      routers: [{ id: 'par-edge-1', previousToken: { kind: 'file' } }],
    },
  })
})

t.test('metrics are sent over TLS, to loopback, or elsewhere with permission', async (t) => {
  const otlp = (text: string) => agent(`${AGENT}[otlp]\n${text}\n`)
  t.match(otlp('url = "https://c.example.net:4318/v1/metrics"\ntoken_file = "/t"'), {
    value: { otlp: { interval: 60, tokenFile: '/t', caFile: null } },
  })
  t.match(otlp('url = "http://127.0.0.1:4318/v1/metrics"\ninterval = 10'), {
    value: { otlp: { interval: 10, tokenFile: null } },
  })
  t.match(otlp('url = "https://c.example.net/"\nca_file = "/ca.pem"'), {
    value: { otlp: { caFile: '/ca.pem' } },
  })
  t.strictSame(faults(otlp('url = "https://c.example.net/"\nca_file = "ca.pem"')), [
    'CONFIG_VALUE demarc.toml:5 otlp.ca_file',
  ])
  t.match(otlp('url = "http://c.example.net/v1/metrics"\nallow_plain = true'), { ok: true })
  for (const url of ['http://c.example.net/', 'wss://c', 'https://u:p@c/', 'https://c/?q', 'c']) {
    t.strictSame(faults(otlp(`url = "${url}"`)), ['CONFIG_VALUE demarc.toml:4 otlp.url'], url)
  }
  t.strictSame(faults(otlp('url = "https://c/"\ninterval = 9')), [
    'CONFIG_VALUE demarc.toml:5 otlp.interval',
  ])
})

t.test('bgpd reports its sessions on loopback and nowhere else', async (t) => {
  const bmp = (place: string) => agent(`${AGENT}[frr]\nbmp = "${place}"\n`)
  const value = (address: string) => ({ value: { frr: { bmp: { address, port: 7482 } } } })
  t.match(bmp('127.0.0.1:7482'), value('127.0.0.1'))
  t.match(bmp('[::1]:7482'), value('::1'))
  for (const place of ['10.0.0.1:7482', '0.0.0.0:1', '127.0.0.1', '127.0.0.1:0', '::1:7482', '']) {
    t.strictSame(faults(bmp(place)), ['CONFIG_VALUE demarc.toml:4 frr.bmp'], place)
  }
})

t.test(
  'metrics are served on loopback, elsewhere only with permission, or not at all',
  async (t) => {
    const metrics = (text: string) => agent(`${AGENT}[metrics]\n${text}\n`)
    t.match(metrics('enabled = false'), { value: { metrics: null } })
    t.match(metrics('address = "::1"\nport = 9000'), { value: { metrics: { port: 9000 } } })
    t.strictSame(faults(metrics('address = "192.0.2.1"')), [
      'CONFIG_VALUE demarc.toml:4 metrics.address',
    ])
    const allowed = metrics('address = "192.0.2.1"\nallow_plain = true')
    t.match(allowed, { value: { metrics: { address: '192.0.2.1' } } })
    t.strictSame(faults(metrics('port = 0')), ['CONFIG_VALUE demarc.toml:4 metrics.port'])
    t.match(hub(`[metrics]\ntoken_sha256 = "${HEX}"\n`), { value: { metrics: { token: {} } } })
    const twice = hub(`[metrics]\ntoken_sha256 = "${HEX}"\ntoken_file = "/t"\n`)
    t.strictSame(faults(twice), ['CONFIG_VALUE hub.toml:3 metrics.token_file'])
  },
)

t.test('broken TOML is refused with line and column', async (t) => {
  const broken: readonly (readonly [string, string])[] = [
    [`${AGENT}x =\n`, '3:4'],
    [`${AGENT}[agent`, '3:7'],
    [`${AGENT}id = "r2"\n`, '3:1'],
    [`${AGENT}[hub]\nurls = ["a\n`, '4:11'],
    [`${AGENT}n = 99999999999999999999\n`, '3:5'],
    [`${AGENT}x = "\u0000"\n`, '3:6'],
  ]
  for (const [text, place] of broken) {
    t.strictSame(faults(agent(text)), [`CONFIG_SYNTAX demarc.toml:${place}`], text)
  }
})

t.test('broken TOML is explained in words of ours', async (t) => {
  const messages: readonly (readonly [string, string])[] = [
    ['id = "r2"\n', 'the key "agent.id" is set a second time'],
    ['[agent]\n', 'the key "agent" is set a second time'],
    ['x = 2024-99-01\n', 'is a date or time that does not exist'],
    ['x = "\\q"\n', 'has an escape sequence that TOML does not know'],
    ['n = 99999999999999999999\n', 'is a whole number of more than 64 bits'],
    ['x =', 'the end of the file is not allowed here'],
    ['x = 1 y', '"y" is not allowed here'],
    [`x = ${'['.repeat(2000)}`, 'is nested too deep'],
  ]
  for (const [text, message] of messages) {
    t.match(agent(`${AGENT}${text}`), { faults: [{ code: 'CONFIG_SYNTAX', message }] }, text)
  }
})

t.test('every fault is reported at once, with line and key', async (t) => {
  const text = `[agent]
idd = "r1"
[hub]
urls = ["wss://h/agent", "http://h"]
token_credential = "a b"

[ports]
manage = ["enp1s0f*", "eth0; reboot"]
[interval]
poll = 1
[intervals]
  poll = 1
safety.max_impact = "some"
[log]
"level" = "loud"
`
  t.strictSame(faults(agent(text)), [
    'CONFIG_VALUE demarc.toml:1 agent.id',
    'CONFIG_UNKNOWN_KEY demarc.toml:2 agent.idd',
    'CONFIG_VALUE demarc.toml:4 hub.urls[1]',
    'CONFIG_VALUE demarc.toml:5 hub.token_credential',
    'CONFIG_VALUE demarc.toml:8 ports.manage[1]',
    'CONFIG_VALUE demarc.toml:12 intervals.poll',
    'CONFIG_UNKNOWN_KEY demarc.toml:13 intervals.safety',
    'CONFIG_VALUE demarc.toml:15 log.level',
    'CONFIG_UNKNOWN_KEY demarc.toml:9 interval',
  ])
})

t.test('an unknown key is answered with the one that was probably meant', async (t) => {
  const result = agent(`${AGENT}[ports]\nmanaged = []\n`)
  t.match(result, { faults: [{ message: /did you mean "manage"/ }] })
  t.match(agent(`${AGENT}[hub]\ntokenFile = "/x"\n`), { faults: [{}, { message: /token_file/ }] })
})

t.test('settings that contradict each other are refused', async (t) => {
  const key = (line: string) => faults(agent(`${HUB}${line}\n`))
  t.strictSame(key('token_credential = "t"'), ['CONFIG_VALUE demarc.toml:6 hub.token_credential'])
  t.strictSame(key('heartbeat_timeout = 15'), ['CONFIG_VALUE demarc.toml:6 hub.heartbeat_timeout'])
  t.strictSame(faults(agent(`${AGENT}[hub]\nurls = ["wss://h"]\n`)), [
    'CONFIG_VALUE demarc.toml:3 hub.token_file',
  ])
})

t.test('plain WebSockets reach loopback, and other hosts only with allow_plain', async (t) => {
  const dial = (url: string, more = '') =>
    agent(`${AGENT}[hub]\ntoken_file = "/t"\nurls = ["${url}"]\n${more}`)
  for (const url of ['ws://localhost:1/a', 'ws://127.3.2.1', 'ws://[::1]:80/', 'wss://h.example']) {
    t.ok(dial(url).ok, url)
  }
  const far = ['ws://10.0.2.2:7480/agent', 'ws://hub', 'ws://[2001:db8::1]']
  for (const url of [...far, 'ws://127.0.0.1.example', 'ws://localhost.example/agent']) {
    t.strictSame(faults(dial(url)), ['CONFIG_VALUE demarc.toml:5 hub.urls[0]'], url)
    t.ok(dial(url, 'allow_plain = true\n').ok, url)
  }
  const wrong = ['wss://', 'wss://u:p@h', 'wss://h?x', 'wss://h#x', 'wss://h:0', 'wss://h:65536']
  for (const url of [...wrong, 'https://h', 'wss://[::g]', 'wss://h/\\u0007']) {
    t.notOk(dial(url).ok, url)
  }
})

t.test('a hub beyond loopback needs TLS or leave, and a token for its API', async (t) => {
  const listen = (more: string) => faults(hub(`[listen]\naddress = "0.0.0.0"\n${more}`))
  const at = 'CONFIG_VALUE hub.toml:2 listen.address'
  t.strictSame(listen(''), [at, at])
  t.strictSame(listen('allow_plain = true\n'), [at])
  const api = `[api]\ntoken_sha256 = "${HEX}"\n`
  t.strictSame(listen(`allow_plain = true\n${api}`), [])
  t.strictSame(listen(`${api}[tls]\ncert_file = "/c"\nkey_file = "/k"\n`), [])
})

t.test('a router of the hub has one token and an id of its own', async (t) => {
  const router = (lines: string) => `[[routers]]\n${lines}\n`
  const good = router(`id = "a"\ntoken_sha256 = "${HEX}"`)
  t.match(hub(good), {
    value: { routers: [{ id: 'a', token: { kind: 'sha256', digest: HEX } }] },
  })
  t.strictSame(faults(hub(good + good)), ['CONFIG_VALUE hub.toml:5 routers[1].id'])
  t.strictSame(faults(hub(good + router('id = "b"'))), [
    'CONFIG_VALUE hub.toml:4 routers[1].token_sha256',
  ])
  const both = router(`id = "b"\ntoken_file = "/t"\ntoken_sha256 = "${HEX}"`)
  t.strictSame(faults(hub(good + both)), ['CONFIG_VALUE hub.toml:6 routers[1].token_file'])
})

t.test('what stands under a token is never shown', async (t) => {
  const result = hub(`[[routers]]\nid = "a"\ntoken_sha256 = "hunter2-in-the-clear"\n`)
  t.strictSame(faults(result), ['CONFIG_VALUE hub.toml:3 routers[0].token_sha256'])
  t.notMatch(JSON.stringify(result), /hunter2/)
})

t.test('a secret is one printable word, without the line break an editor leaves', async (t) => {
  t.strictSame(parseSecret('s3cr3t!\n', 'f'), { ok: true, value: 's3cr3t!' })
  t.strictSame(parseSecret('x'.repeat(80), 'f'), { ok: true, value: 'x'.repeat(80) })
  for (const bad of [
    '',
    '\n',
    'a b',
    ' a',
    'a\nb',
    'a\n\n',
    'x'.repeat(81),
    'caf\u00e9',
    'a\u0000',
  ]) {
    const result = parseSecret(bad, '/etc/demarc/secrets/s')
    t.match(result, { faults: [{ code: 'CONFIG_VALUE', at: '/etc/demarc/secrets/s' }] }, bad)
  }
  t.ok(parseToken('0123456789abcdef\r\n', 'f').ok)
  t.notOk(parseToken('0123456789abcde', 'f').ok, 'a token of 15 characters can be guessed')
})

t.test('whatever the text, the answer is settings or faults that a terminal can show', async () => {
  const line = fc.constantFrom('[agent]', 'id = "r1"', '[hub]', 'urls = []', '[[routers]]', 'x = [')
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.oneof(line, fc.string({ maxLength: 20 }))).map((lines) => lines.join('\n')),
  )
  fc.assert(
    fc.property(text, (toml) => {
      const all = [agent(toml), hub(toml)].flatMap((one) => (one.ok ? [] : one.faults))
      return all.every(({ at, message }) => /^[\x20-\x7e\u2026]*$/.test(at + message))
    }),
    { numRuns: 500 },
  )
})
