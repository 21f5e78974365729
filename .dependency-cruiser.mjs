import { walls } from './scripts/rooms.mjs'

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
