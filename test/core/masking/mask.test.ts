import fc from 'fast-check'
import t from 'tap'
import { formsOf } from '../../../src/core/masking/forms.js'
import { createMask, secretsIn } from '../../../src/core/masking/mask.js'

/** Passwords and tokens as FRR and HTTP take them: printable, without blanks. */
const secret = fc
  .string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCodePoint(code)),
    minLength: 8,
    maxLength: 40,
  })
  // A text that a source has anyway proves nothing.
  .filter((text) => new Set(text).size > 5)
const plain = fc.stringMatching(/^[A-Za-z0-9+/]{12,40}$/).filter((text) => new Set(text).size > 5)

const inner = (text: string): string => JSON.stringify(text).slice(1, -1)
const KEY = (body: string, kind = ''): string =>
  `-----BEGIN ${kind}PRIVATE KEY-----\n${body}\n-----END ${kind}PRIVATE KEY-----`

/** Every kind of line with a secret that a source of a bundle has; the texts around it are those of the real thing. */
const PLACES: Readonly<Record<string, (secret: string) => string>> = {
  frrNeighbor: (s) =>
    `router bgp 65010\n neighbor 10.0.0.1 remote-as 65020\n neighbor 10.0.0.1 password ${s}\n exit\n`,
  frrLogged: (s) =>
    `Nov 30 12:00:01 r1 bgpd[7]: [ABC-1] config: neighbor 2001:db8::1 password ${s}`,
  frrOspf: (s) => ` ip ospf authentication-key ${s}\n ip ospf message-digest-key 1 md5 ${s}\n`,
  frrOspf6: (s) => ` ipv6 ospf6 authentication key-id 1 hash-algo md5 key ${s}\n`,
  frrVirtualLink: (s) => ` area 0 virtual-link 10.9.9.9 message-digest-key 4 md5 ${s}\n`,
  frrKeyChain: (s) => `key chain one\n key 1\n  key-string ${s}\n exit\n`,
  frrVty: (s) => `hostname r1\npassword ${s}\nenable password 8 ${s}\n`,
  frrIsis: (s) => ` isis password md5 ${s}\n area-password clear ${s}\n`,
  frrRip: (s) => ` ip rip authentication string ${s}\n ip nhrp authentication ${s}\n`,
  tomlText: (s) =>
    `[hub]\nurls = ["wss://hub.example/agent"]\ntoken = ${JSON.stringify(s)} # mine\n`,
  tomlList: (s) => `tokens = [\n  ${JSON.stringify(s)},\n]\n[log]\nlevel = "info"\n`,
  tomlLong: (s) => `secret = """\n${s.replaceAll('"', "'")}\n"""\n`,
  json: (s) =>
    JSON.stringify({
      bgp: [{ authPassword: s, hasPassword: true }],
      pushed: { secrets: { a: s } },
    }),
  jsonLine: (s) =>
    `Nov 30 r1 demarcd[1]: ${JSON.stringify({ level: 'info', token: s })}\nnext line`,
  jsonInJson: (s) => JSON.stringify({ message: JSON.stringify({ password: s }) }),
  jsonCut: (s) => JSON.stringify({ token: s, more: 1 }).slice(0, -9),
  frrInJson: (s) => JSON.stringify({ steps: [{ line: `neighbor 10.0.0.1 password ${s}` }] }),
  environment: (s) => `[Service]\nEnvironment=HUB_TOKEN=${s} \\\n  OTHER=${s}\nUser=demarc\n`,
  assigned: (s) => `started with HUB_TOKEN=${s.replaceAll(/["']/g, 'q')}`,
  authorization: (s) => `GET / HTTP/1.1\r\nAuthorization: Bearer ${s.replaceAll(/["']/g, 'q')}\r\n`,
}
const PLAIN_PLACES: typeof PLACES = {
  url: (s) => `cannot reach wss://agent:${encodeURIComponent(s)}@hub.example/agent`,
  query: (s) => `GET https://hub.example/v1?access_token=${encodeURIComponent(s)}&x=1`,
  key: (s) => `ssl = on\n${KEY(s, 'RSA ')}\nrest`,
  keyCut: (s) => `-----BEGIN PRIVATE KEY-----\n${s}`,
  keyBegunBefore: (s) => `${s}\n-----END EC PRIVATE KEY-----\nrest`,
  keyInJson: (s) => JSON.stringify({ pem: KEY(s) }),
}

/** The forms in which a secret must not occur. */
function holds(text: string, of: string): string | undefined {
  return [of, inner(of), inner(inner(of)), ...formsOf(of)].find((form) => text.includes(form))
}

t.test('a secret in any place that has one is masked without being known', (t) => {
  const mask = createMask([])
  for (const [places, arbitrary] of [
    [PLACES, secret],
    [PLAIN_PLACES, plain],
  ] as const) {
    for (const [name, place] of Object.entries(places)) {
      fc.assert(
        fc.property(arbitrary, (s) => holds(mask(place(s)), s) === undefined),
        { numRuns: 60 },
      )
      t.ok(mask(place('xyzzy-secret-1')).includes('[redacted]'), name)
    }
  }
  t.end()
})

t.test('a known secret is masked wherever it is, and however it is written', (t) => {
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 3 }),
      fc.string(),
      fc.nat(2),
      (secrets, around, pad) => {
        const mask = createMask(secrets)
        for (const s of secrets) {
          const written = [...formsOf(s), Buffer.from(`${'{'.repeat(pad)}${s}}`).toString('base64')]
          const masked = mask(written.map((form) => `${around} ${form} ${around}`).join('\n'))
          if (holds(masked, s) !== undefined) return false
        }
        return true
      },
    ),
  )
  t.end()
})

t.test('what is no secret stays as it is', (t) => {
  const mask = createMask(['xyzzy-secret-1'])
  for (const text of [
    'The password of 10.0.0.1 differs; run "demarc apply" with --secrets.',
    '[hub]\ntoken_file = "/etc/demarc/hub.token"\n[secrets]\ndir = "/etc/demarc/secrets"\n',
    ' neighbor 10.0.0.1 remote-as 65020\n neighbor 10.0.0.1 description demarc net-a\n',
    '{\n  "session": "Established",\n  "hasPassword": true\n}\n',
    'wss://hub.example.net/agent and mail to noc@example.net',
  ]) {
    t.equal(mask(text), text)
  }
  t.end()
})

t.test(
  'the secrets of a configuration are found by their places, to be masked in other texts',
  (t) => {
    const found = secretsIn(
      ` neighbor 10.0.0.1 password alpha-one\n ip ospf message-digest-key 1 md5 beta-two\ntoken = "gamma-three"\n`,
    )
    t.strictSame([...found].sort(), ['alpha-one', 'beta-two', 'gamma-three'])
    t.equal(createMask(found)('peer 10.0.0.1 said alpha-one'), 'peer 10.0.0.1 said [redacted]')
    t.end()
  },
)

t.test('a hostile text costs no more than its length', (t) => {
  const mask = createMask(['xyzzy-secret-1', 'another-secret'])
  for (const piece of [
    'neighbor ',
    'a.',
    'token: [',
    'token: "',
    '-----BEGIN PRIVATE KEY-----',
    'bearer ',
    '{"',
    '\\"',
    'Environment=\\\n',
  ]) {
    t.type(mask(piece.repeat(200_000 / piece.length)), 'string', piece)
  }
  t.end()
})
