/**
 * The one table of floors and rooms: what each room is for, which rooms and packages it may import, and
 * whether it may use Node's own modules. A room is one folder under `src/` that holds files; a
 * folder inside it is a room of its own, with walls of its own. `.dependency-cruiser.mjs` makes the import
 * rules from this table, `scripts/generate/rooms-page.mjs` the picture in `docs/architecture.md`.
 */

/** Every room may import these two; they hold the vocabulary. */
const vocabulary = ['core/base', 'core/model']

/** Files a room may hold; a flat vocabulary may hold more. */
export const FILES_MAX = 12
export const VOCABULARY_FILES_MAX = 16
export const flatVocabularies = ['core/base', 'core/model', 'core/wire']

/** A room of the core decides: it imports no Node modules. */
function pure(purpose, { rooms = [], packages = [] } = {}) {
  return { purpose, rooms: [...vocabulary, ...rooms], packages, node: false }
}

/** A room that may use Node's modules. */
function impure(purpose, { rooms = [], packages = [] } = {}) {
  return { purpose, rooms: [...vocabulary, ...rooms], packages, node: true }
}

const core = {
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
  'core/keyed': pure('objects whose keys are names that others chose', { packages: ['zod'] }),
  'core/wire': pure('control channel messages and the intent schema', {
    rooms: ['core/keyed', 'core/wire/health', 'core/wire/older', 'core/wire/traffic'],
    packages: ['zod'],
  }),
  'core/wire/traffic': pure('counters, rates and probes in the health document', {
    rooms: ['core/keyed'],
    packages: ['zod'],
  }),
  'core/wire/health': pure('parts of the health document', {
    rooms: ['core/keyed'],
    packages: ['zod'],
  }),
  'core/wire/older': pure('words and fields of earlier versions, as the present ones'),
  'core/masking': pure('secrets found in any text by their places and values, and masked'),
  'core/toml': pure('TOML text to its value, or every fault with its line', {
    packages: ['zod', 'toml'],
  }),
  'core/config': pure('TOML to checked settings, or every fault with its place', {
    rooms: ['core/keyed', 'core/toml', 'core/wire'],
    packages: ['zod'],
  }),
  'core/intent': pure('a checked intent to what the router should have', {
    rooms: ['core/intent/build', 'core/intent/check', 'core/intent/survey', 'core/wire'],
  }),
  'core/intent/build': pure('wanted links, BGP instances and policies from an intent', {
    rooms: ['core/intent/survey', 'core/routes', 'core/wire'],
  }),
  'core/intent/check': pure('conflicts inside one intent', {
    rooms: ['core/intent/survey', 'core/wire'],
  }),
  'core/intent/export': pure('the observed router as an intent, and what has no place in one', {
    rooms: ['core/intent', 'core/intent/survey', 'core/wire'],
  }),
  'core/intent/survey': pure('interface names and indexes of one intent', { rooms: ['core/wire'] }),
  'core/providers': pure('profiles of providers: what they demand of an intent, and fix in it', {
    rooms: ['core/providers/subjects', 'core/toml', 'core/wire'],
    packages: ['zod'],
  }),
  'core/providers/subjects': pure('what in an intent a rule of a provider can be about', {
    rooms: ['core/wire'],
  }),
  'core/providers/built-in': pure('the profiles that come with demarc, as data', {
    rooms: ['core/providers'],
  }),
  'core/links': pure('plans of links: change, adopt, restore, release', {
    rooms: ['core/links/steps', 'core/links/survey'],
  }),
  'core/links/steps': pure('the ledger of a plan of links: steps with order and impact', {
    rooms: ['core/links/survey'],
  }),
  'core/links/survey': pure('indexes of observed links, and conflicts with foreign ones'),
  'core/frr': pure('the configuration tree, names and versions of FRR', { rooms: ['core/routes'] }),
  'core/frr/read': pure('FRR configuration text to what it says', { rooms: ['core/frr'] }),
  'core/frr/render': pure('wanted BGP to FRR configuration', {
    rooms: ['core/frr', 'core/frr/read'],
  }),
  'core/frr/diff': pure('commands from one FRR configuration to another, with impact', {
    rooms: ['core/frr', 'core/frr/read'],
  }),
  'core/frr/plan': pure('plans of FRR: change, adopt, restore, release, graceful shutdown', {
    rooms: ['core/frr', 'core/frr/diff', 'core/frr/read', 'core/frr/render'],
  }),
  'core/frr/static': pure('static routes of FRR: what they say, and their plan'),
  'core/frr/export': pure('FRR configuration as BGP instances, for an export', {
    rooms: ['core/frr', 'core/frr/diff', 'core/frr/read'],
  }),
  'core/routes': pure('routes: what rules let through, and how many there should be'),
  'core/router': pure('the plan of the whole router, links and FRR as one', {
    rooms: [
      'core/change',
      'core/frr',
      'core/frr/diff',
      'core/frr/plan',
      'core/frr/read',
      'core/frr/static',
      'core/links',
      'core/links/steps',
      'core/links/survey',
      'core/routes',
      'core/wire',
    ],
  }),
  'core/judged': pure('an intent judged by its meaning and by the rules of its providers', {
    rooms: ['core/intent', 'core/providers', 'core/wire'],
  }),
  'core/change': pure('the state machine of one change, its witnesses, drift and recovery', {
    rooms: ['core/routes'],
  }),
  'core/traffic': pure('what echo requests came to, and rates from counters'),
  'core/lifecycle': pure(
    'the life of connections and attachments: transitions as data, words and their reports',
    { rooms: ['core/wire'] },
  ),
  'core/coexist': pure('settings of other programs on the host that would disturb demarc'),
  'core/optics': pure('SFF-8472 and SFF-8636 bytes to readings and thresholds'),
  'core/light': pure('light over time: margins, baseline, steps, trends and its history'),
  'core/cable': pure('what the far end of a port says of itself, by LACP and LLDP'),
  'core/health': pure('snapshots to verdicts, lifecycle states and events', {
    rooms: [
      'core/cable',
      'core/health/bundle',
      'core/health/optics',
      'core/health/rules',
      'core/health/session',
      'core/health/shown',
      'core/health/steady',
      'core/health/traffic',
      'core/light',
      'core/routes',
      'core/traffic',
      'core/wire',
    ],
  }),
  'core/health/shown': pure(
    'figures as the health document shows them: rounded, and only when they move',
  ),
  'core/health/optics': pure('modules and their light as the health document has them', {
    rooms: ['core/health/shown', 'core/light', 'core/wire'],
  }),
  'core/health/steady': pure('what was found of parts of which nothing changes since'),
  'core/health/partial': pure('what notifications change in the last observed state'),
  'core/health/rules': pure('health rules as data: code, severity, delay, dependency', {
    rooms: [
      'core/cable',
      'core/health/bundle',
      'core/health/session',
      'core/light',
      'core/routes',
      'core/traffic',
    ],
  }),
  'core/health/bundle': pure('what LACP says of a bundle, and the redundancy it has lost', {
    rooms: ['core/cable', 'core/light', 'core/wire'],
  }),
  'core/health/traffic': pure('health rules about traffic, as data', {
    rooms: ['core/health/rules', 'core/traffic'],
  }),
  'core/health/session': pure('why a BGP session is not established', { rooms: ['core/wire'] }),
  'core/health/ladder': pure('an attachment rung by rung, from its module to full-size packets', {
    rooms: [
      'core/cable',
      'core/health',
      'core/health/bundle',
      'core/health/rules',
      'core/health/session',
      'core/traffic',
    ],
  }),
  'core/metrics': pure('health and status as metrics, and whether the agent is ready', {
    rooms: ['core/cable', 'core/wire'],
  }),
  'core/report': pure('the queue of reports to the hub, and its file', {
    rooms: ['core/wire'],
    packages: ['zod'],
  }),
  'core/bmp': pure('the BGP Monitoring Protocol (RFC 7854): octets to ends of sessions'),
  'core/session': pure('the state machine of one control connection', { rooms: ['core/wire'] }),
}

const edge = {
  'edge/kernel': impure('the kernel of this router behind one port', {
    rooms: [
      'edge/kernel/apply',
      'edge/kernel/ethtool',
      'edge/kernel/netlink',
      'edge/kernel/nftables',
      'edge/kernel/read',
    ],
  }),
  'edge/probe': impure('echo requests again and again, with the program fping', {
    rooms: ['core/intent/survey', 'core/traffic', 'edge/host'],
  }),
  'edge/kernel/nftables': impure('limits of what links in bridges send, with the program nft', {
    rooms: ['edge/kernel/netlink'],
  }),
  'edge/kernel/apply': impure('plan steps to netlink requests, in batches', {
    rooms: ['edge/kernel/messages', 'edge/kernel/netlink', 'edge/kernel/read'],
  }),
  'edge/kernel/read': impure('links, ports, LACP and routes as the kernel reports them', {
    rooms: [
      'edge/kernel/ethtool',
      'edge/kernel/messages',
      'edge/kernel/netlink',
      'edge/kernel/nftables',
    ],
  }),
  'edge/kernel/messages': impure('rtnetlink messages of links, addresses and bonds', {
    rooms: ['edge/kernel/netlink'],
  }),
  'edge/kernel/news': impure('change notifications of the kernel', {
    rooms: ['edge/kernel/netlink'],
    packages: ['netlink'],
  }),
  'edge/kernel/ethtool': impure('ethtool netlink, and module EEPROM in a thread of its own', {
    rooms: ['edge/host', 'edge/kernel/netlink', 'core/optics'],
  }),
  'edge/kernel/netlink': impure('netlink codec and sockets', { packages: ['netlink'] }),
  'edge/frr': impure('FRR behind one port: read, configured, saved', {
    rooms: ['core/frr', 'core/routes', 'edge/frr/vty', 'edge/host'],
  }),
  'edge/frr/vty': impure('vty sockets of the FRR daemons', { rooms: ['edge/host'] }),
  'edge/socket': impure('WebSocket, both ends, TLS, limits', {
    rooms: ['core/wire', 'edge/host', 'edge/socket/flow'],
    packages: ['ws', 'zod'],
  }),
  'edge/socket/flow': impure('keepalive, rates and places of connections', {
    rooms: ['core/wire', 'edge/host'],
  }),
  'edge/host': impure('log, clock, ping, processes, exit statuses, systemd notification', {
    rooms: ['edge/host/secrets'],
    packages: ['pino'],
  }),
  'edge/host/measure': impure('single measurements: ping, TCP, who else has an address'),
  'edge/host/files': impure('durable files, settings files, the state directory and its lock', {
    rooms: ['core/toml'],
  }),
  'edge/host/collect': impure('what programs print and files hold, with an end and a limit', {
    rooms: ['edge/host/files'],
  }),
  'edge/host/secrets': impure('secrets: sources, the vault, redaction', {
    rooms: ['core/masking', 'edge/host/files'],
  }),
  'edge/host/profiles': impure("the operator's files with profiles of providers", {
    rooms: ['core/providers', 'core/providers/built-in', 'edge/host'],
  }),
  'edge/host/facts': impure('facts of the host: identity, kernel, other network managers', {
    rooms: ['edge/host/files'],
    packages: ['systeminformation', 'zod'],
  }),
  'edge/bmp': impure('where bgpd reports its sessions over BMP', {
    rooms: ['core/bmp', 'edge/host', 'edge/socket', 'edge/socket/flow'],
  }),
  'edge/metrics': impure('metrics in the format of Prometheus, and the server of the agent', {
    rooms: ['core/metrics', 'edge/host', 'edge/socket', 'edge/socket/flow'],
    packages: ['prom-client'],
  }),
  'edge/otlp': impure('metrics sent with OTLP, through the SDK of OpenTelemetry', {
    rooms: ['core/metrics', 'edge/host'],
    packages: [
      '@opentelemetry/api',
      '@opentelemetry/exporter-metrics-otlp-http',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-metrics',
    ],
  }),
  'edge/ssh': impure('first contact with a router over SSH', { packages: ['node-ssh'] }),
}

const agent = {
  agent: impure('demarcd and demarc-rollback: programs, wiring and the loop', {
    rooms: [
      'agent/access',
      'agent/change',
      'agent/doctor',
      'agent/health',
      'agent/health/partial',
      'agent/hub',
      'agent/lifecycle',
      'agent/metrics',
      'agent/optics',
      'agent/redundancy',
      'agent/router',
      'agent/state',
      'core/change',
      'core/config',
      'core/frr',
      'core/intent/survey',
      'core/providers',
      'core/report',
      'core/router',
      'core/wire',
      'edge/bmp',
      'edge/frr',
      'edge/host',
      'edge/host/facts',
      'edge/host/files',
      'edge/host/profiles',
      'edge/host/secrets',
      'edge/kernel',
      'edge/kernel/news',
      'edge/probe',
      'edge/socket',
    ],
  }),
  'agent/access': impure('who may call what, and the record of it', {
    rooms: ['agent/hub', 'core/config', 'core/wire', 'edge/host/files', 'edge/socket'],
  }),
  'agent/change': impure('changes and repairs: admit, apply, watch, confirm or roll back', {
    rooms: [
      'agent/hub',
      'agent/router',
      'agent/state',
      'core/change',
      'core/frr',
      'core/frr/diff',
      'core/intent',
      'core/intent/export',
      'core/intent/survey',
      'core/router',
      'core/routes',
      'core/traffic',
      'core/wire',
      'edge/frr',
      'edge/host',
      'edge/host/facts',
      'edge/host/files',
    ],
    packages: ['zod'],
  }),
  'agent/optics': impure('what is remembered of the light of each port, and its files', {
    rooms: ['agent/state/named', 'core/light', 'core/wire', 'edge/host', 'edge/host/files'],
    packages: ['zod'],
  }),
  'agent/redundancy': impure('what is remembered of the redundancy that bundles have lost', {
    rooms: [
      'agent/health',
      'agent/state/named',
      'core/health/bundle',
      'core/health/rules',
      'core/light',
      'edge/host',
      'edge/host/files',
    ],
    packages: ['zod'],
  }),
  'agent/router': impure('the loop, plans carried out on this router, its export and release', {
    rooms: [
      'agent/state',
      'core/change',
      'core/frr/export',
      'core/frr/plan',
      'core/frr/static',
      'core/intent',
      'core/intent/export',
      'core/intent/survey',
      'core/judged',
      'core/links',
      'core/providers',
      'core/router',
      'core/routes',
      'core/wire',
      'edge/host',
      'edge/host/files',
      'edge/socket/flow',
    ],
    packages: ['zod'],
  }),
  'agent/health/partial': impure('what the kernel notifies, joined with what looks read', {
    rooms: ['core/config', 'core/health/partial', 'edge/bmp', 'edge/host', 'edge/socket/flow'],
  }),
  'agent/health': impure('what is observed, and what that says of the router', {
    rooms: [
      'core/coexist',
      'core/frr',
      'core/frr/diff',
      'core/frr/plan',
      'core/frr/read',
      'core/health',
      'core/health/ladder',
      'core/health/rules',
      'core/health/session',
      'core/intent/survey',
      'core/lifecycle',
      'core/optics',
      'core/providers',
      'core/routes',
      'core/wire',
    ],
  }),
  'agent/doctor': impure('the ladder of an attachment, walked with measurements', {
    rooms: [
      'core/health/ladder',
      'core/providers',
      'core/wire',
      'edge/frr',
      'edge/host',
      'edge/host/measure',
      'edge/kernel',
    ],
  }),
  'agent/hub': impure('the link to the hub, and the reports that wait for it', {
    rooms: [
      'agent/state',
      'core/config',
      'core/health',
      'core/report',
      'core/session',
      'core/wire',
      'core/wire/older',
      'edge/host',
      'edge/host/files',
      'edge/host/secrets',
      'edge/socket',
    ],
    packages: ['zod'],
  }),
  'agent/lifecycle': impure('lifecycles kept on the disk, and what moves them', {
    rooms: [
      'agent/state',
      'core/lifecycle',
      'core/providers',
      'core/wire',
      'edge/host',
      'edge/host/files',
    ],
    packages: ['zod'],
  }),
  'agent/metrics': impure('the metrics of the agent, served', {
    rooms: [
      'agent/health',
      'core/config',
      'core/metrics',
      'core/wire',
      'edge/host',
      'edge/host/files',
      'edge/host/secrets',
      'edge/metrics',
      'edge/otlp',
    ],
  }),
  'agent/state/named': impure('state files of which there is one for each port or connection', {
    rooms: ['agent/state', 'edge/host', 'edge/host/files'],
    packages: ['zod'],
  }),
  'agent/state': impure('what the agent keeps on its disk', {
    rooms: [
      'core/change',
      'core/config',
      'core/intent',
      'core/keyed',
      'core/wire',
      'core/wire/older',
      'edge/host',
      'edge/host/files',
      'edge/host/secrets',
    ],
    packages: ['zod'],
  }),
}

const hub = {
  hub: impure('demarc-hub: the program and its wiring', {
    rooms: [
      'core/config',
      'core/wire',
      'edge/host',
      'edge/host/facts',
      'edge/host/files',
      'edge/host/profiles',
      'edge/host/secrets',
      'edge/metrics',
      'edge/socket',
      'edge/socket/flow',
      'hub/api',
      'hub/init',
      'hub/intents',
      'hub/lifecycle',
      'hub/metrics',
      'hub/routers',
      'hub/store',
    ],
  }),
  'hub/init': impure('the files of a first hub: authority, certificate, tokens, settings', {
    rooms: ['core/config', 'edge/host', 'edge/host/facts', 'edge/host/files', 'hub/routers'],
  }),
  'hub/api': impure('the HTTP API', {
    rooms: [
      'core/providers',
      'core/wire',
      'edge/host/facts',
      'edge/metrics',
      'edge/socket',
      'hub/intents',
      'hub/lifecycle',
      'hub/routers',
      'hub/store',
    ],
    packages: ['zod'],
  }),
  'hub/intents': impure('intents that are stored, and offered to their routers', {
    rooms: [
      'core/intent',
      'core/judged',
      'core/providers',
      'core/wire',
      'edge/host',
      'edge/host/facts',
      'edge/host/secrets',
      'hub/routers',
      'hub/store',
    ],
    packages: ['zod'],
  }),
  'hub/lifecycle': impure('words about connections and attachments, said to their routers', {
    rooms: ['core/wire', 'edge/host', 'hub/routers', 'hub/store'],
    packages: ['zod'],
  }),
  'hub/metrics': impure('the metrics of the hub', {
    rooms: ['core/metrics', 'edge/host', 'edge/metrics', 'hub/routers', 'hub/store'],
  }),
  'hub/routers': impure('routers, their connections, changes and reports', {
    rooms: [
      'core/report',
      'core/wire',
      'edge/host',
      'edge/host/facts',
      'edge/socket',
      'edge/socket/flow',
      'hub/store',
    ],
  }),
  'hub/store': impure('the embedded store', {
    rooms: [
      'core/keyed',
      'core/wire',
      'core/wire/older',
      'edge/host',
      'edge/host/files',
      'hub/store/disk',
    ],
    packages: ['classic-level', 'zod'],
  }),
  'hub/store/disk': impure(
    "the format of the store, and LevelDB's files: opened, hashed, counted and checked",
    {
      rooms: ['core/keyed', 'edge/host/files'],
      packages: ['classic-level', 'zod'],
    },
  ),
}

const cli = {
  cli: impure('demarc: the verbs and their help', {
    rooms: ['cli/command', 'cli/doctor', 'cli/support', 'cli/verbs', 'cli/watch', 'edge/host'],
    packages: ['commander'],
  }),
  'cli/verbs': impure('one function a verb', {
    rooms: [
      'cli/command',
      'cli/install',
      'cli/install/fleet',
      'cli/render',
      'cli/render/optics',
      'core/intent',
      'core/judged',
      'core/providers',
      'core/wire',
      'edge/host',
      'edge/host/profiles',
      'edge/socket',
    ],
    packages: ['commander'],
  }),
  'cli/watch': impure('demarc watch: the live screen, or lines', {
    rooms: ['cli/command', 'cli/render', 'core/wire', 'edge/host', 'edge/socket'],
  }),
  'cli/doctor': impure('demarc doctor: the ladder of an attachment as it is walked', {
    rooms: ['cli/command', 'cli/render', 'core/wire', 'edge/host', 'edge/socket'],
    packages: ['commander', 'zod'],
  }),
  'cli/support': impure('demarc support-bundle: what is collected, masked and packed', {
    rooms: [
      'cli/command',
      'cli/render',
      'core/config',
      'core/masking',
      'core/wire',
      'edge/host',
      'edge/host/collect',
      'edge/host/files',
      'edge/socket',
    ],
    packages: ['commander'],
  }),
  'cli/install': impure('demarc install: one router', {
    rooms: [
      'cli/command',
      'core/config',
      'core/toml',
      'core/wire',
      'edge/host/facts',
      'edge/host/files',
      'edge/host/secrets',
      'edge/ssh',
    ],
  }),
  'cli/install/fleet': impure('demarc install: several routers, and what differs between them', {
    rooms: ['cli/command', 'cli/install', 'edge/ssh'],
  }),
  'cli/command': impure('what all verbs share: files and the agent', {
    rooms: [
      'cli/render',
      'core/config',
      'core/wire',
      'edge/host',
      'edge/host/files',
      'edge/host/secrets',
      'edge/socket',
    ],
    packages: ['commander', 'zod'],
  }),
  'cli/render': impure('tables and sentences for a terminal', {
    rooms: ['core/providers', 'core/wire'],
    packages: ['zod'],
  }),
  'cli/render/optics': impure('the modules and their light, as Junos shows them', {
    rooms: ['cli/render', 'core/wire'],
  }),
}

/** Room → rule. The key is the folder under `src/`. */
export const rooms = { ...core, ...edge, ...agent, ...hub, ...cli }

/** The floors from top to bottom; a room never imports from a floor above its own. */
export const floors = [
  {
    name: 'programs',
    says: 'join core and edge; agent, hub and command never import each other',
    rooms: [agent, hub, cli].flatMap((each) => Object.keys(each)),
  },
  { name: 'edge', says: 'touches the world, decides nothing', rooms: Object.keys(edge) },
  {
    name: 'core',
    says: 'decides; no Node modules, clock or randomness',
    rooms: Object.keys(core),
  },
]
