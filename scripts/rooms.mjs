/**
 * The one table of floors and rooms: what each room is for, which rooms it may import, which
 * packages, and whether it may use Node's own modules. `.dependency-cruiser.mjs` makes the import
 * rules from it, `scripts/drawing.mjs` the drawing in `docs/architecture.md`.
 */

/** Every room may import these two; they hold the vocabulary. */
const vocabulary = ['core/base', 'core/model']

/** A room of the core decides: no Node modules, no other stage. */
function stage(purpose, { rooms = [], packages = [] } = {}) {
  return { purpose, rooms: [...vocabulary, ...rooms], packages, node: false }
}

/** A room of the edge touches the world through one package and implements a core room's port. */
function edge(purpose, { rooms = [], packages = [] } = {}) {
  return { purpose, rooms: [...vocabulary, ...rooms], packages, node: true }
}

/** An assembly joins core and edge into a program. */
function assembly(purpose, { rooms = [], packages = [] } = {}) {
  return { purpose, rooms: [...vocabulary, ...rooms], packages, node: true }
}

const stages = [
  'core/wire',
  'core/config',
  'core/intent',
  'core/plan',
  'core/frr',
  'core/optics',
  'core/health',
  'core/session',
  'core/change',
  'core/coexist',
]

/** Room → rule. The key is the folder under `src/`; its first word is the floor. */
export const rooms = {
  'core/base': {
    purpose: 'result, fault, shape faults, IP arithmetic, canonical JSON',
    rooms: [],
    packages: ['zod'],
    node: false,
  },
  'core/model': {
    purpose: 'the vocabulary: links, BGP, optics, plans, health',
    rooms: ['core/base'],
    packages: [],
    node: false,
  },
  'core/wire': stage('control channel messages and the intent schema', { packages: ['zod'] }),
  'core/config': stage('TOML to checked settings, or every fault with its place', {
    packages: ['zod', 'toml'],
  }),
  'core/intent': stage('wire document to want: defaults, cross-checks; and back, in export', {
    rooms: ['core/wire'],
    packages: ['zod'],
  }),
  'core/plan': stage('want and have to ordered, reversible steps with impact'),
  'core/frr': stage('want to FRR statements, running-config text to tree, tree difference'),
  'core/optics': stage('SFF-8472 bytes to readings and thresholds'),
  'core/health': stage('snapshots to verdicts, lifecycle states and events', { packages: ['zod'] }),
  'core/session': stage('state machine of one control connection', { rooms: ['core/wire'] }),
  'core/change': stage('state machine of one change'),
  'core/coexist': stage('what others left on the host to what they would do to demarc'),
  'edge/kernel': edge('netlink: links, addresses, ethtool, news', {
    rooms: ['core/plan', 'core/optics'],
    packages: ['netlink'],
  }),
  'edge/frr': edge('vty sockets of the FRR daemons', { rooms: ['core/frr'] }),
  'edge/socket': edge('WebSocket, both ends, TLS, limits', {
    rooms: ['core/wire', 'core/session'],
    packages: ['ws', 'zod'],
  }),
  'edge/host': edge('log, durable files, clock, secrets, systemd, host facts', {
    packages: ['pino', 'systeminformation'],
  }),
  'edge/ssh': edge('first contact with a router over SSH', { packages: ['node-ssh'] }),
  agent: assembly('demarcd: the loop and the journal', {
    rooms: [...stages, 'edge/kernel', 'edge/frr', 'edge/socket', 'edge/host'],
    packages: ['zod'],
  }),
  hub: assembly('demarc-hub: the control plane; meets the agent only in core/wire', {
    rooms: ['core/wire', 'core/config', 'core/intent', 'edge/socket', 'edge/host'],
    packages: ['classic-level', 'zod'],
  }),
  cli: assembly('demarc: the command of the operator', {
    rooms: [...stages, 'edge/socket', 'edge/host', 'edge/ssh'],
    packages: ['commander', 'zod'],
  }),
}

/** The floors from top to bottom; a room never imports from a floor above its own. */
export const floors = [
  { name: 'assemblies', says: 'join core and edge into programs', rooms: ['agent', 'hub', 'cli'] },
  { name: 'edge', says: 'touches the world, decides nothing', rooms: under('edge/') },
  { name: 'core', says: 'decides; no Node modules, clock or randomness', rooms: under('core/') },
]

function under(prefix) {
  return Object.keys(rooms).filter((room) => room.startsWith(prefix))
}

/** Import rules for dependency-cruiser: one wall for each room, and no Node modules in the core. */
export function walls() {
  return Object.entries(rooms).flatMap(([room, rule]) => {
    const from = { path: `^src/${room}/` }
    const allowed = [
      ...[room, ...rule.rooms].map((name) => `^src/${name}/`),
      ...rule.packages.map((name) => `node_modules/(@types/)?${name}(/|$)`),
    ]
    const wall = {
      name: `${room}-wall`,
      comment: `${room} may import ${[...rule.rooms, ...rule.packages].join(', ') || 'nothing'}; change scripts/rooms.mjs if the design changes`,
      severity: 'error',
      from,
      to: { pathNot: allowed, dependencyTypesNot: ['core'] },
    }
    const noNode = {
      name: `${room}-no-node`,
      comment: `${room} is pure: it may not import Node's modules`,
      severity: 'error',
      from,
      to: { dependencyTypes: ['core'] },
    }
    return rule.node ? [wall] : [wall, noNode]
  })
}
