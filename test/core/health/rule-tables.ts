import { USELESS } from './route-table.js'
import type { ProtectionCounts } from '../../../src/core/model/link.js'
import type { Line } from '../../../src/core/model/names.js'
import type { PortState, RouterState } from '../../../src/core/model/state.js'
import type { ModuleSpec, Readings } from '../../support/kernel/eeprom.js'
import {
  healthyAttachment,
  healthyNeighbor,
  healthyPort,
  healthyRouter,
  moduleIn,
} from '../../support/agent/router-state.js'

const REFUSED = 'EOPNOTSUPP: its driver cannot set them'
const HALF = { autoNegotiate: false, duplex: 'half' } as const

export const withPort = (over: Partial<PortState>) =>
  healthyRouter({ ports: [healthyPort('p1', over), healthyPort('p2')] })
export const withModule = (spec: Partial<ModuleSpec>, over: Partial<PortState> = {}) =>
  withPort({ ...over, optic: moduleIn(spec) })
const DEVICE = {
  chassisId: '02:00:00:00:00:05',
  systemName: 'm9-mx480-1',
  portId: 'xe-0/0/1',
  portDescription: null,
}
const FAR = { systemName: 'm9-mx480-1' as Line, portId: 'xe-0/0/1' as Line }
const withReadings = (readings: Partial<Readings>) => withModule({ readings, rxLos: false })

/** What is wrong, the state that shows it, and the findings of the subject. */
export type Row = readonly [what: string, state: RouterState, findings: readonly string[]]

export const PORT_TABLE: readonly Row[] = [
  [
    'no such interface',
    withPort({ present: false, adminUp: false, carrier: false, optic: { state: 'absent' } }),
    ['critical PORT_MISSING'],
  ],
  [
    'set down: no alarm about its light',
    withModule(
      { readings: { inputPower: null, outputPower: null } },
      { adminUp: false, carrier: false },
    ),
    ['critical PORT_ADMIN_DOWN'],
  ],
  [
    'no link although light arrives',
    withPort({ carrier: false, speed: null }),
    ['critical PORT_NO_CARRIER'],
  ],
  [
    'no link and no module: the module is why',
    withPort({ carrier: false, optic: { state: 'absent' } }),
    ['critical OPTIC_ABSENT'],
  ],
  [
    'no link, no light: the light is why',
    withModule({ readings: { inputPower: null } }, { carrier: false }),
    ['critical OPTIC_RX_LOS'],
  ],
  [
    'no module and none expected',
    withPort({ optic: { state: 'absent' }, expectedOptic: null }),
    [],
  ],
  [
    'a link but the driver shows no module',
    withPort({ optic: { state: 'absent' } }),
    ['unknown OPTIC_NOT_REPORTED'],
  ],
  [
    'the far end that the intent expects, in other letters',
    withPort({ expectedLldp: FAR, lldpNeighbors: [{ ...DEVICE, systemName: 'M9-MX480-1' }] }),
    [],
  ],
  [
    'a device that names its port in the description',
    withPort({
      expectedLldp: FAR,
      lldpNeighbors: [{ ...DEVICE, portId: '517', portDescription: 'xe-0/0/1' }],
    }),
    [],
  ],
  [
    'patched into another port',
    withPort({ expectedLldp: FAR, lldpNeighbors: [{ ...DEVICE, portId: 'xe-0/0/2' }] }),
    ['warning LLDP_OTHER_NEIGHBOR'],
  ],
  [
    'patched into another device',
    withPort({ expectedLldp: FAR, lldpNeighbors: [{ ...DEVICE, systemName: null }] }),
    ['warning LLDP_OTHER_NEIGHBOR'],
  ],
  [
    'no far end although one is expected',
    withPort({ expectedLldp: FAR, lldpNeighbors: [] }),
    ['warning LLDP_NO_NEIGHBOR'],
  ],
  ['a far end is expected and lldpd does not answer', withPort({ expectedLldp: FAR }), []],
  ['any far end where none is expected', withPort({ lldpNeighbors: [DEVICE] }), []],
  ['wrong speed', withPort({ speed: 1000 }), ['critical PORT_SPEED']],
  ['any speed is right when no optic is named', withPort({ speed: 1000, expectedOptic: null }), []],
  [
    'negotiation that the intent does not expect',
    withPort({ autoNegotiate: true }),
    ['warning PORT_AUTO_NEGOTIATION'],
  ],
  [
    'negotiation off where the intent expects it',
    withPort({ autoNegotiate: false, expectedModes: { autoNegotiate: true } }),
    ['warning PORT_AUTO_NEGOTIATION'],
  ],
  [
    'negotiation of which the intent says nothing',
    withPort({ autoNegotiate: true, expectedModes: {} }),
    [],
  ],
  [
    'another speed than the one that the intent sets, although the module has it',
    withPort({ expectedModes: { autoNegotiate: false, speed: 1000 } }),
    ['critical PORT_SPEED'],
  ],
  ['the speed set', withPort({ expectedModes: { autoNegotiate: false, speed: 10_000 } }), []],
  [
    'link modes that the driver refuses',
    withPort({ expectedModes: HALF, modesRefused: REFUSED }),
    ['warning PORT_MODES_REFUSED'],
  ],
  [
    'a refusal that says why negotiation is on',
    withPort({ autoNegotiate: true, modesRefused: REFUSED }),
    ['warning PORT_AUTO_NEGOTIATION'],
  ],
  ['refused, and so by now', withPort({ modesRefused: REFUSED }), []],
  ['half duplex set', withPort({ duplex: 'half', expectedModes: HALF }), []],
  ['a driver that does not report it', withPort({ autoNegotiate: null }), []],
  ['half duplex', withPort({ duplex: 'half' }), ['warning PORT_HALF_DUPLEX']],
  [
    'unreadable',
    withPort({
      optic: {
        state: 'unreadable',
        reason: 'A0h checksum CC_BASE (byte 63) is 0x01, computed 0x02',
      },
    }),
    ['warning OPTIC_UNREADABLE'],
  ],
  [
    'a module of another memory map',
    withPort({
      optic: { state: 'unsupported', reason: 'QSFP28, whose memory follows SFF-8636' },
    }),
    ['unknown OPTIC_UNSUPPORTED'],
  ],
  [
    'an alarm limit inside its warning',
    withModule({
      thresholds: { inputPower: [3.5, 0, 0.5, -30] },
      readings: { inputPower: -10.91 },
      rxLos: false,
    }),
    ['unknown OPTIC_EEPROM_INVALID'],
  ],
  ['no diagnostics', withModule({ diagnostics: 'none' }), ['unknown OPTIC_NO_DIAGNOSTICS']],
  [
    'copper needs no diagnostics',
    withModule({ kind: '1000BASE-T' }, { speed: 1000, expectedOptic: '1000BASE-T' }),
    [],
  ],
  [
    'another PMD than expected',
    withModule({ kind: '1000BASE-LX' }, { speed: null }),
    ['warning OPTIC_TYPE_MISMATCH'],
  ],
  [
    'LX10 is what LX modules are',
    withModule({ kind: '1000BASE-LX' }, { speed: 1000, expectedOptic: '1000BASE-LX10' }),
    [],
  ],
  ['a cable names no PMD: not known', withModule({ kind: 'DAC' }, {}), []],
  [
    'transmitter fault',
    withModule({ txFault: true, readings: { outputPower: null } }),
    ['critical OPTIC_TX_FAULT'],
  ],
  [
    'transmitter off',
    withModule({ txDisabled: true, readings: { outputPower: null, laserBiasCurrent: 0 } }),
    ['critical OPTIC_TX_DISABLED'],
  ],
  ['received light low', withReadings({ inputPower: -19 }), ['critical OPTIC_RX_LOW']],
  [
    'received light nearly low',
    withReadings({ inputPower: -15 }),
    ['warning OPTIC_RX_LOW_WARNING'],
  ],
  [
    'no light where the module has no loss-of-signal',
    withReadings({ inputPower: null }),
    ['critical OPTIC_RX_LOW'],
  ],
  ['received light high', withReadings({ inputPower: 4 }), ['critical OPTIC_RX_HIGH']],
  [
    'received light nearly high',
    withReadings({ inputPower: 1 }),
    ['warning OPTIC_RX_HIGH_WARNING'],
  ],
  ['launched light low', withReadings({ outputPower: -13 }), ['critical OPTIC_TX_LOW']],
  [
    'launched light nearly low',
    withReadings({ outputPower: -9 }),
    ['warning OPTIC_TX_LOW_WARNING'],
  ],
  ['launched light high', withReadings({ outputPower: 3.8 }), ['critical OPTIC_TX_HIGH']],
  [
    'launched light nearly high',
    withReadings({ outputPower: 1 }),
    ['warning OPTIC_TX_HIGH_WARNING'],
  ],
  ['laser current low', withReadings({ laserBiasCurrent: 1 }), ['critical OPTIC_BIAS_LOW']],
  [
    'laser current nearly low',
    withReadings({ laserBiasCurrent: 3 }),
    ['warning OPTIC_BIAS_LOW_WARNING'],
  ],
  ['laser current high', withReadings({ laserBiasCurrent: 90 }), ['critical OPTIC_BIAS_HIGH']],
  [
    'laser current nearly high',
    withReadings({ laserBiasCurrent: 82 }),
    ['warning OPTIC_BIAS_HIGH_WARNING'],
  ],
  ['hot', withReadings({ temperature: 80 }), ['critical OPTIC_TEMPERATURE_HIGH']],
  ['warm', withReadings({ temperature: 72 }), ['warning OPTIC_TEMPERATURE_HIGH_WARNING']],
  ['cold', withReadings({ temperature: -10 }), ['critical OPTIC_TEMPERATURE_LOW']],
  ['cool', withReadings({ temperature: -2 }), ['warning OPTIC_TEMPERATURE_LOW_WARNING']],
  ['voltage high', withReadings({ supplyVoltage: 3.7 }), ['critical OPTIC_VOLTAGE_HIGH']],
  [
    'voltage nearly high',
    withReadings({ supplyVoltage: 3.5 }),
    ['warning OPTIC_VOLTAGE_HIGH_WARNING'],
  ],
  ['voltage low', withReadings({ supplyVoltage: 2.9 }), ['critical OPTIC_VOLTAGE_LOW']],
  [
    'voltage nearly low',
    withReadings({ supplyVoltage: 3.1 }),
    ['warning OPTIC_VOLTAGE_LOW_WARNING'],
  ],
]

const attached = (over: object) => healthyRouter({ attachments: [healthyAttachment(over)] })

const limited = (counts: Partial<ProtectionCounts>) =>
  attached({
    bridge: 'br0',
    protection: {
      limits: { macLimit: 512 },
      counts: { link: 'dl-par.100', macs: null, dropped: {}, ...counts },
    },
  })

export const ATTACHMENT_TABLE: readonly Row[] = [
  [
    'missing',
    attached({
      present: false,
      up: false,
      carrier: false,
      mtu: null,
      missingAddresses: ['10.0.0.2/30'],
    }),
    ['critical ATTACHMENT_MISSING'],
  ],
  ['set down', attached({ up: false, carrier: false }), ['critical ATTACHMENT_DOWN']],
  [
    'no carrier over a working connection',
    attached({ carrier: false }),
    ['critical ATTACHMENT_NO_CARRIER'],
  ],
  [
    'address missing',
    attached({ addresses: [], missingAddresses: ['10.0.0.2/30'] }),
    ['critical ATTACHMENT_ADDRESS'],
  ],
  ['wrong MTU', attached({ mtu: 9000 }), ['warning ATTACHMENT_MTU']],
  ['any MTU when none is wanted', attached({ mtu: 9000, expectedMtu: null }), []],
  [
    'no routes over its only session',
    healthyRouter({ neighbors: [healthyNeighbor(USELESS)] }),
    ['critical ATTACHMENT_WITHOUT_ROUTES'],
  ],
  ['as many MAC addresses as are allowed', limited({ macs: 512 }), ['warning MAC_LIMIT_REACHED']],
  ['one less', limited({ macs: 511, dropped: { macLimit: 7 } }), []],
]
