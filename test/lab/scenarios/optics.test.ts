import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { OpticReading } from '../../../src/core/model/optic.js'
import { openLightMemories } from '../../../src/agent/optics/light-memories.js'
import { assess } from '../../../src/core/health/assess.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import { readOptic } from '../../../src/core/optics/reading.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { healthyPort, healthyRouter } from '../../support/agent/router-state.js'
import { run } from '../../support/process/command.js'
import { manualClock } from '../../support/process/manual-clock.js'
import { buildModule, type ModuleSpec, seal, toFile } from '../../support/kernel/eeprom.js'
import {
  compareWithEthtool,
  isBentInEthtool,
  readEthtoolText,
} from '../../support/kernel/ethtool-text.js'
import { near } from '../../support/kernel/optic-reading.js'
import { waitFor } from '../../support/process/wait.js'

// The guest has two emulated processors, which it shares with other work.
t.setTimeout(300_000)

const PORT = 'optic0'
const FAR = 'optic1'
const dir = mkdtempSync(join(tmpdir(), 'optics-'))

run('vfiber', 'pair', PORT, FAR)
run('ip', 'link', 'set', PORT, 'up')
run('ip', 'link', 'set', FAR, 'up')
const kernel = await openKernel()
t.teardown(() => {
  kernel.close()
  run('vfiber', 'remove', PORT)
})

/** Writes these octets to the module's memory; with `--still` the live readings do not change them. */
function load(octets: Uint8Array, ...options: readonly string[]): void {
  const file = join(dir, 'module.bin')
  writeFileSync(file, octets)
  run('vfiber', 'load', PORT, file, ...options)
}

async function readModule(port = PORT): Promise<OpticReading> {
  return readOptic(await kernel.moduleEeprom(port))
}

async function reason(): Promise<string> {
  const reading = await readModule()
  return 'reason' in reading ? reading.reason : reading.state
}

/** Compares the reading with `ethtool -m`; returns the number of values that both have. */
async function compare(t: Test, what: string): Promise<number> {
  const eeprom = await kernel.moduleEeprom(PORT)
  const reading = readOptic(eeprom)
  if (reading.state !== 'present') {
    t.fail(`${what}: ${JSON.stringify(reading)}`)
    return 0
  }
  const pairs = compareWithEthtool(readEthtoolText(run('ethtool', '-m', PORT)), reading)
  const external = reading.diagnostics?.calibration === 'external'
  const a2 = eeprom.state === 'bytes' && external ? eeprom.a2 : null
  const unreliable = a2 !== null && isBentInEthtool(a2)
  const differ = pairs.filter(
    ({ label, agrees }) => !agrees && !(unreliable && / rx |^Receiver/.test(label)),
  )
  t.strictSame(differ, [], `${what}: ${pairs.length} values are equal`)
  return pairs.length
}

t.test('a built module reads the same through ethtool and through demarc', async (t) => {
  const readings = { temperature: 71.5, inputPower: -15.2, outputPower: -1.3, laserBiasCurrent: 41 }
  const specs: readonly (readonly [ModuleSpec, minimum: number])[] = [
    [{ kind: '10GBASE-LR' }, 50],
    [{ kind: '10GBASE-LR', readings }, 50],
    [{ kind: '1000BASE-LX' }, 50],
    [{ kind: '10GBASE-SR', readings: { temperature: -7 } }, 50],
    [{ kind: '25GBASE-LR' }, 50],
    [{ kind: '1000BASE-LX', diagnostics: 'external' }, 50],
    [{ kind: '10GBASE-LR', diagnostics: 'external', readings }, 50],
    [{ kind: '10GBASE-LR', diagnostics: 'none' }, 7],
    [{ kind: '1000BASE-T' }, 7],
    [{ kind: 'DAC' }, 7],
  ]
  for (const [spec, minimum] of specs) {
    load(toFile(buildModule(spec)), '--still')
    const compared = await compare(t, `${spec.kind} ${spec.diagnostics ?? ''}`)
    t.ok(compared >= minimum, `${compared} compared`)
  }
})

/** Dumps of real modules; they are not part of the repository. */
const CORPUS = join(process.cwd(), '../shared/data/eeprom')

t.test('a real module’s dump reads the same through ethtool and through demarc', async (t) => {
  if (!existsSync(CORPUS)) {
    t.comment('the corpus of real modules (../shared/data/eeprom) is absent: extra suite not run')
    t.pass('built modules were compared above')
    return
  }
  let compared = 0
  for (const name of readdirSync(CORPUS).filter((file) => file.endsWith('.hex'))) {
    const hex = readFileSync(join(CORPUS, name), 'utf8').replaceAll(/\s/g, '')
    const octets = Buffer.from(hex, 'hex')
    if (octets.length !== 512 || /^(qsfp|cmis|fboss)/.test(name)) continue
    load(octets, '--still')
    compared += await compare(t, name)
  }
  t.ok(compared >= 500, `${compared} compared`)
  t.comment(`corpus through the kernel: ${compared} values are equal`)
})

t.test('a driver that reads whole modules instead of pages gives the same', async (t) => {
  load(toFile(buildModule({ kind: '10GBASE-LR' })), '--still')
  const paged = await readModule()
  run('vfiber', 'set', PORT, 'paged=off')
  t.strictSame(await readModule(), paged)
  run('vfiber', 'set', PORT, 'paged=on')
})

t.test('an empty cage is reported differently from a failed read', async (t) => {
  run('vfiber', 'unplug', PORT)
  t.strictSame(await readModule(), { state: 'absent' })
  run('vfiber', 'unplug', PORT, '--errno', '5')
  t.match(await reason(), /EIO for page A0h/)
  run('vfiber', 'plug', PORT)
  t.match(await readModule(), { state: 'present' })
})

t.test('a module that ends early gives no wrong values', async (t) => {
  const whole = toFile(buildModule({ kind: '10GBASE-LR' }))
  load(whole.subarray(0, 64), '--still')
  t.equal(await reason(), 'A0h ends after 64 octets, 96 are needed')
  for (const [length, remark] of [
    [128, /A2h does not answer/],
    [256, /A2h does not answer/],
    [300, /A2h ends after 44 octets/],
  ] as const) {
    load(whole.subarray(0, length), '--still')
    t.match(
      await readModule(),
      { state: 'present', diagnostics: null, remarks: [remark] },
      `${length}`,
    )
  }
  load(whole.subarray(0, 384), '--still')
  t.match(
    await readModule(),
    { state: 'present', diagnostics: { calibration: 'internal' } },
    'half a page',
  )
})

t.test('a wrong checksum is reported with its byte', async (t) => {
  const broken = (at: number) => {
    const file = toFile(buildModule({ kind: '10GBASE-LR' }))
    file[at] = (file[at] ?? 0) ^ 0x01
    load(file, '--still')
    return readModule()
  }
  t.match(await broken(40), { state: 'unreadable', reason: /^A0h checksum CC_BASE \(byte 63\)/ })
  t.match(await broken(70), { state: 'present', remarks: [/^A0h checksum CC_EXT \(byte 95\)/] })
  t.match(await broken(256 + 33), { diagnostics: null, remarks: [/^A2h checksum CC_DMI/] })
  load(new Uint8Array(512), '--still')
  t.match(await reason(), /0x00 throughout/)
  const foreign = buildModule({ kind: '10GBASE-LR' })
  foreign.a0[0] = 0x18
  seal(foreign.a0, 0, 63)
  load(toFile(foreign), '--still')
  t.match(await reason(), /QSFP-DD, whose memory follows CMIS/)
})

/** Received power in dBm; null without light. */
async function light(): Promise<number | null> {
  const reading = await readModule()
  return reading.state === 'present' ? (reading.diagnostics?.inputPower?.dbm ?? null) : null
}

async function diagnostics(port = PORT) {
  const reading = await readModule(port)
  return reading.state === 'present' ? reading.diagnostics : null
}

t.test('a bent fibre lowers the received power, a cut one has none', async (t) => {
  load(toFile(buildModule({ kind: '10GBASE-LR' })))
  run('vfiber', 'mend', PORT)
  const bright = (await light()) ?? NaN
  t.ok(bright > -10, `${bright} dBm`)
  run('vfiber', 'bend', PORT, '11dB', '--rx')
  const dim = (await light()) ?? NaN
  t.ok(Math.abs(bright - 10 - dim) < 0.1, `${dim} dBm after 10 dB more`)
  run('vfiber', 'bend', PORT, '15dB', '--rx')
  t.match(await diagnostics(), {
    rxLos: false,
    alarms: [{ quantity: 'inputPower', level: 'lowWarning' }],
  })
  await compare(t, 'bent')
  run('vfiber', 'cut', PORT, '--rx')
  t.match(await diagnostics(), { rxLos: true, inputPower: { milliwatts: 0, dbm: null } })
  const [port] = await waitFor('no carrier', () => kernel.ports([PORT]), {
    until: ([found]) => found !== undefined && !found.carrier,
    within: 10,
  })
  t.match(port, { carrier: false, adminUp: true })
  run('vfiber', 'mend', PORT, '--rx')
  const mended = (await light()) ?? NaN
  t.ok(Math.abs(mended - bright) < 0.1, 'as before')
})

t.test('a disabled transmitter is reported, and the far end receives no light', async (t) => {
  run('vfiber', 'tx', FAR, 'off')
  t.match(await diagnostics(), { rxLos: true })
  run('vfiber', 'tx', FAR, 'on')
  run('vfiber', 'tx', PORT, 'off')
  t.match(await diagnostics(), { txDisabled: true, outputPower: { milliwatts: 0 }, rxLos: false })
  run('vfiber', 'tx', PORT, 'on')
  t.match(await diagnostics(), { txDisabled: false })
})

t.test('temperature, voltage and laser current follow the module', async (t) => {
  run('vfiber', 'set', PORT, 'temperature=76.5', 'voltage=3.12', 'bias=12.5')
  const now = await diagnostics()
  t.match(now, { temperature: 76.5, supplyVoltage: 3.12, laserBiasCurrent: 12.5 })
  t.match(now?.alarms, [
    { quantity: 'temperature', level: 'highAlarm' },
    { quantity: 'temperature', level: 'highWarning' },
    { quantity: 'supplyVoltage', level: 'lowWarning' },
  ])
})

/** The agent's memory of the light of the fibre, and what health says of the port; the test's clock moves it on. */
async function rememberedLight() {
  const clock = manualClock()
  const files = await openStateFiles(mkdtempSync(join(tmpdir(), 'light-')))
  const lights = await openLightMemories({
    files,
    log: { error: (entry) => t.comment(entry) },
    clock,
  })
  t.teardown(lights.close)
  let history = NO_HISTORY

  async function look() {
    const [link] = await kernel.ports([PORT])
    const opticAt = clock.wall().toISOString()
    const port = { ...healthyPort(PORT), ...link, optic: await readModule(), opticAt }
    const ports = lights.follow([port])
    const state = { ...healthyRouter({ ports }), at: opticAt }
    const assessed = assess(state, history, clock.now())
    history = assessed.history
    const found = assessed.verdicts.find(({ name }) => name === PORT)
    return { light: ports[0]?.light, findings: found?.findings ?? [] }
  }

  return {
    look,
    now: () => clock.wall().toISOString(),
    /** One reading a minute; what the last one shows. */
    async minutes(count: number) {
      for (let i = 0; i < count; i++) {
        await clock.advance(60_000)
        await look()
      }
      return look()
    },
    /** The far end reports what its module measures. */
    async report() {
      const measured = await diagnostics(FAR)
      await lights.report(PORT, {
        at: clock.wall().toISOString(),
        from: 'noc',
        outputPower: measured?.outputPower?.dbm ?? null,
        inputPower: measured?.rxLos === true ? 'none' : (measured?.inputPower?.dbm ?? null),
        limits: { highAlarm: null, highWarning: null, lowWarning: null, lowAlarm: null },
      })
      return look()
    },
  }
}

t.test(
  'a baseline is taken once the circuit works, and a bend is a step with its time',
  async (t) => {
    load(toFile(buildModule({ kind: '10GBASE-LR' })))
    run('vfiber', 'mend', PORT)
    const circuit = await rememberedLight()
    const early = await circuit.minutes(4)
    t.equal(early.light?.baseline, null)
    const first = await circuit.minutes(3)
    const level = (await light()) ?? NaN
    t.match(first.light?.baseline?.lanes, [{ inputPower: level }])
    t.strictSame(first.findings, [])
    const bentAt = Date.parse(circuit.now())
    run('vfiber', 'bend', PORT, '4dB', '--rx')
    const bent = await circuit.minutes(5)
    const { step = null, loss = null } = bent.light?.inputPower ?? {}
    if (step === null) throw new Error(JSON.stringify(bent.light))
    near(t, step.before - step.after, 3, 0.1)
    near(t, loss, 3, 0.1)
    near(t, Date.parse(step.at), bentAt, 90_000)
    t.match(bent.findings, [
      { code: 'OPTIC_RX_STEP', severity: 'warning', message: /fell by 3\.0 dB at once, from -/ },
    ])
    run('vfiber', 'mend', PORT)
    const mended = await circuit.minutes(6)
    t.strictSame(mended.findings, [], 'the light is back')
  },
)

t.test('the far end reports that the strand towards it is bent, dead, and mended', async (t) => {
  const circuit = await rememberedLight()
  await circuit.minutes(1)
  run('vfiber', 'bend', PORT, '6dB', '--tx')
  const uneven = await circuit.report()
  t.match(uneven.findings, [
    {
      code: 'OPTIC_STRAND_LOSS',
      message: /loses 6\.\d dB and the one back 1\.\d dB.*from this port/,
    },
  ])
  run('vfiber', 'cut', PORT, '--tx')
  await waitFor('no carrier', () => kernel.ports([PORT]), {
    until: ([found]) => found?.carrier === false,
    within: 10,
  })
  const before = await circuit.minutes(1)
  t.match(
    before.findings.find(({ code }) => code === 'PORT_NO_CARRIER'),
    { message: /although it receives -\d\.\d+ dBm of light: check that the far end receives ours/ },
  )
  const dead = await circuit.report()
  t.match(
    dead.findings.find(({ code }) => code === 'OPTIC_FAR_END_DARK'),
    { message: /launches -\d\.\d dBm, and the far end receives no light \(reported by noc at / },
  )
  run('vfiber', 'mend', PORT)
  const mended = await circuit.report()
  t.notOk(mended.findings.some(({ code }) => /FAR_END|STRAND/.test(code)))
})
