import { rooms } from './scripts/checks/rooms.mjs'

/** The files of one room, not those of the rooms inside it. */
const filesOf = (room) => `^src/${room}/[^/]+$`

/** Import rules for dependency-cruiser: one wall for each room, and no Node modules in the core. */
function walls() {
  return Object.entries(rooms).flatMap(([room, rule]) => {
    const from = { path: filesOf(room) }
    const allowed = [
      ...[room, ...rule.rooms].map(filesOf),
      ...rule.packages.map((name) => `node_modules/(@types/)?${name}(/|$)`),
    ]
    const wall = {
      name: `${room}-wall`,
      comment: `${room} may import ${[...rule.rooms, ...rule.packages].join(', ') || 'nothing'}; change scripts/checks/rooms.mjs if the design changes`,
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

/** dependency-cruiser reads its configuration from a default export; ours comes from the table. */
export default {
  forbidden: [
    ...walls(),
    {
      name: 'no-cycle',
      comment: 'a cycle between files means that one of them lives in the wrong place',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment: 'the import leads nowhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // Type-only imports count too: a type from a forbidden room is still a dependency.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
}
