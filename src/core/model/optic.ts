/** What the kernel gave for a cage: raw pages, which may end early, or why there are none. */
export type ModuleEeprom =
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly reason: string }
  /** A0h and A2h as far as they could be read, up to 256 octets each; a2 null: nothing answers there. */
  | {
      readonly state: 'bytes'
      readonly a0: Uint8Array
      readonly a2: Uint8Array | null
      /** Octets 128 to 255 of page 03h of SFF-8636; absent: the module has none, or is none of that standard. */
      readonly page3?: Uint8Array
    }

/** What a cage holds, as read from SFF-8472 (SFP, SFP+) pages A0h and A2h, or SFF-8636 (QSFP+, QSFP28). */
export type OpticReading =
  | { readonly state: 'absent' }
  /** The cage answered, but not with a whole, valid page; `reason` names the place. */
  | { readonly state: 'unreadable'; readonly reason: string }
  /** A module whose memory follows another standard; `reason` names its kind and that standard. */
  | { readonly state: 'unsupported'; readonly reason: string }
  | {
      readonly state: 'present'
      readonly identity: OpticIdentity
      /** null: the module has no digital diagnostics (A0h byte 92), or they cannot be trusted; remarks say which. */
      readonly diagnostics: OpticDiagnostics | null
      /** Faults that leave the rest readable, e.g. a wrong CC_DMI checksum. */
      readonly remarks: readonly string[]
    }

export interface OpticIdentity {
  readonly formFactor: string
  readonly connectorType: string
  readonly vendor: string
  readonly vendorPart: string
  readonly vendorRev: string
  readonly vendorOui: string
  readonly serialNo: string
  /** ISO date, or the raw text where it is none. */
  readonly dateCode: string
  /** IEEE PMD such as `10GBASE-LR` or `1000BASE-LX`; null when the module names none. */
  readonly ethernetPmd: string | null
  /** Every IEEE PMD the module names, fastest first: a dual-rate module names two. */
  readonly ethernetPmds: readonly string[]
  /** nm; null for copper. */
  readonly wavelength: number | null
  /** Nominal signalling rate in MBd. */
  readonly nominalBitRate: number
  /** Reach over single-mode fibre in m; 0 when not said. */
  readonly reachSmf: number
}

/** Real-time values. Powers in mW and dBm; null where there is no light or no reading. */
export interface OpticDiagnostics {
  readonly calibration: 'internal' | 'external'
  /** What `inputPower` is: average power, or optical modulation amplitude (A0h byte 92 bit 3). */
  readonly inputPowerType: 'average' | 'oma'
  /** °C. */
  readonly temperature: number | null
  /** V. */
  readonly supplyVoltage: number | null
  /** mA. */
  readonly laserBiasCurrent: number | null
  readonly outputPower: OpticalPower | null
  readonly inputPower: OpticalPower | null
  readonly txDisabled: boolean
  readonly txFault: boolean
  readonly rxLos: boolean
  readonly thresholds: OpticThresholds | null
  readonly alarms: readonly OpticAlarm[]
  /** Of a module with several lanes; the values above are then those of the worst lane. Empty: it has one. */
  readonly lanes: readonly OpticLane[]
}

/** One lane of a module. */
export interface OpticLane {
  /** From 1. */
  readonly lane: number
  /** mA. */
  readonly laserBiasCurrent: number | null
  readonly outputPower: OpticalPower | null
  readonly inputPower: OpticalPower | null
  readonly txDisabled: boolean
  readonly txFault: boolean
  readonly rxLos: boolean
}

export interface OpticalPower {
  readonly milliwatts: number
  /** null at 0 mW: there is no logarithm of nothing. */
  readonly dbm: number | null
}

/** null: the module sets none (0 mW or equal limits mean "not set"). */
export interface ThresholdSet {
  readonly highAlarm: number | null
  readonly highWarning: number | null
  readonly lowWarning: number | null
  readonly lowAlarm: number | null
}

/** °C, V, mA, dBm, dBm. */
export interface OpticThresholds {
  readonly temperature: ThresholdSet
  readonly supplyVoltage: ThresholdSet
  readonly laserBiasCurrent: ThresholdSet
  readonly outputPower: ThresholdSet
  readonly inputPower: ThresholdSet
}

/** A flag the module itself raises (SFF-8472 A2h bytes 112-117, SFF-8636 bytes 6-14). */
export interface OpticAlarm {
  readonly quantity: keyof OpticThresholds
  readonly level: keyof ThresholdSet
  /** From 1; absent: the flag is of a module with one lane, or of the whole module. */
  readonly lane?: number
}
