import type { Intent, IntentAttachment } from '../../wire/intent.js'
import { onAttachments, type Path, type Reader, type RuleValue } from './line.js'
import { same, type Subject } from './subject.js'

type Layer2 = NonNullable<IntentAttachment['l2']>
type Protection = NonNullable<Layer2['protection']>
type StormControl = NonNullable<Protection['stormControl']>

function onBridged(key: Path, read: (l2: Layer2) => RuleValue | undefined): Reader {
  return onAttachments(({ l2 }) =>
    l2 === undefined ? null : { key: ['l2', ...key], value: read(l2) },
  )
}

function rate(key: keyof StormControl, frames: string): Subject {
  return {
    what: `the rate of ${frames} in frames a second`,
    write: same,
    read: onBridged(['protection', 'stormControl', key], ({ protection }) => {
      return protection?.stormControl?.[key]
    }),
  }
}

/** The subjects about an attachment in a bridge. */
export const bridgeSubjects = {
  'spanning-tree': {
    what: 'the spanning tree of the bridge',
    words: ['on', 'off'],
    read: onBridged(['stp'], ({ stp }) => (stp === true ? 'on' : 'off')),
  },
  'bridge-attachments': {
    what: 'the number of attachments in the bridge',
    read: (line) => onBridged(['bridge'], ({ bridge }) => attachmentsIn(line.intent, bridge))(line),
  },
  'mac-limit': {
    what: 'the MAC limit',
    write: same,
    read: onBridged(['protection', 'macLimit'], ({ protection }) => protection?.macLimit),
  },
  'control-frames': {
    what: 'what becomes of control frames',
    words: ['DROP', 'FORWARD'],
    write: same,
    read: onBridged(['protection', 'controlFrames'], ({ protection }) => protection?.controlFrames),
  },
  'broadcast-rate': rate('broadcast', 'broadcast'),
  'multicast-rate': rate('multicast', 'multicast'),
  'unknown-unicast-rate': rate('unknownUnicast', 'unknown unicast'),
} satisfies Readonly<Record<string, Subject>>

function attachmentsIn({ attachments }: Intent, bridge: string): number {
  return attachments.filter(({ l2 }) => l2?.bridge === bridge).length
}
