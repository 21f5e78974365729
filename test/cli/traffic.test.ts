import t from 'tap'
import { localInstants, shortTime } from '../../src/cli/render/time.js'
import { amount, renderTraffic, trafficOf } from '../../src/cli/render/traffic.js'

const AT = '2026-11-29T17:23:36.512Z'

const health = {
  ports: {
    p1: { severity: 'ok', rates: { inBits: 9_800_000_000, outBits: 12_300, inErrors: 0.02 } },
    p2: { severity: 'ok' },
  },
  connections: {
    'dl-par': { severity: 'warning', rates: { inBits: 255_000_000, inUtilization: 85 } },
    'dl-lyo': { severity: 'ok' },
  },
  attachments: {
    'net-a': {
      severity: 'ok',
      rates: { inUtilization: 98.04, outUtilization: 3, outDiscards: 1234 },
      probe: {
        interval: 1,
        targets: {
          '10.0.0.1': {
            ...{ kind: 'NEIGHBOR', state: 'ANSWERS', loss10s: 0, loss60s: 1.66 },
            roundTripTime: { min: 0.4, avg: 0.512, max: 12 },
            fullSize: { size: 1500, state: 'SILENT', lastAnswered: AT, loss10s: 100 },
          },
          '10.64.0.1': { kind: 'HOST', state: 'NEVER-ANSWERED', loss10s: 100, loss60s: 100 },
        },
      },
    },
  },
}

t.test('probes and rates have a line each', (t) => {
  const now = new Date(AT)
  const shown = renderTraffic(health, now)
  const time = shortTime(AT, now)
  t.match(shown, /^ATTACHMENT +TARGET +PACKET +STATE +LOSS 10S +LOSS 60S +RTT MIN\/AVG\/MAX\n/)
  const lines = shown.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))
  t.strictSame(lines.slice(1, 5), [
    'net-a | 10.0.0.1 | small | answers | 0 % | 1.7 % | 0.4/0.5/12.0 ms',
    `1500 | silent since ${time} | 100 % | -`,
    'net-a | 10.64.0.1 | small | never answered | 100 % | 100 % | -',
    '',
  ])
  t.match(shown, /\nport +p1 +9\.8G +12k +0 +0 +- \/ - +0\.02 \/ 0 +0 \/ 0\n/)
  t.match(shown, /\nport +p2 +not known\n/)
  t.match(shown, /\nconnection +dl-par +255M +0 +0 +0 +85 % \/ - +0 \/ 0 +0 \/ 0\n/)
  t.notMatch(shown, 'dl-lyo', 'its bandwidth is not known')
  t.match(shown, /\nattachment +net-a +0 +0 +0 +0 +98 % \/ 3 % +0 \/ 0 +0 \/ 1\.2k$/)
  t.match(renderTraffic({}, now), /^No attachment is probed/)
  t.end()
})

t.test('the longest address stays in one piece while its target is silent', (t) => {
  const address = '2001:db8:1234:5678:9abc:def0:1234:5678'
  const target = { state: 'SILENT', lastAnswered: AT, loss10s: 100, loss60s: 33.3 }
  const time = { min: 0.4, avg: 12.2, max: 120.5 }
  const targets = { [address]: { ...target, roundTripTime: time } }
  t.match(
    renderTraffic({ attachments: { 'net-paris': { probe: { targets } } } }, new Date(AT)),
    address,
  )
  t.end()
})

t.test('as JSON it is what the health document has of it', (t) => {
  t.strictSame(trafficOf(health), {
    ports: { p1: { rates: health.ports.p1.rates }, p2: {} },
    connections: { 'dl-par': { rates: health.connections['dl-par'].rates }, 'dl-lyo': {} },
    attachments: {
      'net-a': {
        rates: health.attachments['net-a'].rates,
        probe: health.attachments['net-a'].probe,
      },
    },
  })
  t.end()
})

t.test('an amount has two or three digits', (t) => {
  const table = [
    [0, '0'],
    [0.4, '0'],
    [999, '999'],
    [1000, '1.0k'],
    [99_960, '100k'],
    [10e9, '10G'],
    [4e15, '4000T'],
  ] as const
  for (const [value, text] of table) t.equal(amount(value), text)
  t.equal(amount(), '0')
  t.end()
})

t.test('an instant in a sentence of the agent is shown in local time', (t) => {
  const zone = process.env['TZ']
  t.teardown(() => {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  })
  process.env['TZ'] = 'Europe/Paris'
  const sentence = `it fell at 2026-11-29 17:23 UTC (last answer at ${AT}), AS 65010`
  t.equal(
    localInstants(sentence),
    'it fell at 2026-11-29 18:23 (last answer at 2026-11-29 18:23:36), AS 65010',
  )
  process.env['TZ'] = 'UTC'
  t.match(localInstants(sentence), 'it fell at 2026-11-29 17:23 (')
  t.end()
})
