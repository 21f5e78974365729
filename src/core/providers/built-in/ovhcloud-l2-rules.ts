import type { ProfileRule } from '../profile.js'

/** What OVHcloud demands in L2 mode alone; `ovhcloud.ts` has the documents. */
export const ovhcloudL2Rules: ProfileRule[] = [
  {
    id: 'ovhcloud/no-spanning-tree',
    kind: 'error',
    subject: 'spanning-tree',
    services: ['l2'],
    says: 'Spanning tree is not supported.',
    sources: ['limits'],
    allowed: { words: ['off'] },
  },
  {
    id: 'ovhcloud/one-l2-service',
    kind: 'warning',
    subject: 'connection-count',
    services: ['l2'],
    says:
      'There is one L2 service in a vRack, from one PoP to one availability zone. Two links to the PoP are one ' +
      'service, and LACP is mandatory for them.',
    sources: ['limits', 'l2', 'layer2'],
    allowed: { numbers: [[1, 1]] },
  },
  {
    id: 'ovhcloud/one-tunnel-in-bridge',
    kind: 'warning',
    subject: 'bridge-attachments',
    services: ['l2'],
    says:
      'The service is strictly point to point. A bridge with two attachments sends frames from one of them to the ' +
      'other: a loop where both reach the same network, and transit where they do not.',
    sources: ['l2', 'layer2'],
    allowed: { numbers: [[1, 1]] },
  },
  {
    id: 'ovhcloud/mac-limit',
    kind: 'error',
    subject: 'mac-limit',
    services: ['l2'],
    says: 'A port learns at most 512 MAC addresses of yours.',
    sources: ['limits', 'occ-limits'],
    allowed: { numbers: [[null, 512]] },
    fill: 512,
  },
  {
    id: 'ovhcloud/no-control-frames',
    kind: 'error',
    subject: 'control-frames',
    services: ['l2'],
    says: 'Spanning tree and PAgP are not supported, and LLDP and LACP are not carried through the tunnel.',
    sources: ['limits', 'layer2'],
    allowed: { words: ['DROP'] },
    fill: 'DROP',
  },
  {
    id: 'ovhcloud/broadcast-rate',
    kind: 'warning',
    subject: 'broadcast-rate',
    services: ['l2'],
    says:
      'The documents differ: broadcast is limited to 20 frames a second in Layer 2 mode (2020), and no rate is named ' +
      'in Prerequisites & Limitations (2026).',
    sources: ['layer2', 'limits'],
    allowed: { numbers: [[null, 20]] },
    fill: 20,
  },
  {
    id: 'ovhcloud/multicast-rate',
    kind: 'warning',
    subject: 'multicast-rate',
    services: ['l2'],
    says:
      'The documents differ: multicast "is forwarded (considered broadcast, limited to 20pps)" in Layer 2 mode ' +
      '(2020), and is not supported in Prerequisites & Limitations (2026).',
    sources: ['layer2', 'limits'],
    allowed: { numbers: [[null, 20]] },
    fill: 20,
  },
  {
    id: 'ovhcloud/speed-l2',
    kind: 'error',
    subject: 'speed',
    services: ['l2'],
    says: 'In L2 mode a port has at most 10 Gb/s.',
    sources: ['limits', 'occ-limits'],
    allowed: { numbers: [[null, 10_000]] },
  },
]
