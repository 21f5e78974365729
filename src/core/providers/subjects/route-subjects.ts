import { member, onFamilies, type Said } from './line.js'
import type { IntentNeighbor } from '../../wire/intent.js'
import { presence, PRESENCE, same, type Subject } from './subject.js'

const RULE = /^([^/]+)\/(\d{1,3})(?: ge (\d{1,3}))?(?: le (\d{1,3}))?$/

/** The longest prefix that a rule of the intent lets through, such as 24 for `10.0.0.0/8 le 24`. */
function longest(rule: string): number | undefined {
  const [, written, length, ge, le] = RULE.exec(rule) ?? []
  if (written === undefined) return undefined
  const open = ge === undefined ? Number(length) : written.includes(':') ? 128 : 32
  return le === undefined ? open : Number(le)
}

/** The subjects about the routes that a session exchanges. */
export const routeSubjects = {
  'import-limit': {
    what: 'the most prefixes that are taken from the neighbour',
    read: onFamilies((family) => [
      { key: ['import', 'maxPrefixes', 'limit'], value: family.import?.maxPrefixes?.limit },
    ]),
  },
  'export-limit': {
    what: 'the most prefixes that are announced to the neighbour',
    write: same,
    read: onFamilies(exportLimit),
  },
  'import-length': {
    what: 'the longest prefix that is accepted',
    read: onFamilies(({ import: from }) => {
      const lengths = (from?.prefixes ?? []).flatMap((rule) => longest(rule) ?? [])
      const value = lengths.length === 0 ? undefined : Math.max(...lengths)
      return [{ key: ['import', 'prefixes'], value }]
    }),
  },
  'export-length': {
    what: 'the longest prefix that is announced',
    read: onFamilies(({ export: to }) =>
      (to?.prefixes ?? []).map((rule, i) => ({
        key: ['export', 'prefixes', i],
        value: longest(rule),
      })),
    ),
  },
  'export-path-without': {
    what: 'the AS numbers that are nowhere in the path of an announced route',
    words: [],
    write: (value) => String(value).split(' '),
    read: onFamilies(({ export: to }) =>
      to === undefined
        ? []
        : [{ key: ['export', 'asPaths', 'without'], value: to.asPaths?.without?.join(' ') }],
    ),
  },
  med: {
    what: 'the multi-exit discriminator',
    words: PRESENCE,
    read: onFamilies(({ export: to }) => [
      { key: ['export', 'med'], value: presence(to?.med !== undefined) },
    ]),
  },
  communities: {
    what: 'the communities of announced routes',
    words: PRESENCE,
    read: onFamilies(({ export: to }) => [
      { key: ['export', 'communities'], value: presence((to?.communities ?? []).length > 0) },
    ]),
  },
} satisfies Readonly<Record<string, Subject>>

/** Where nothing is announced, there is nothing to limit. */
function exportLimit(family: NonNullable<IntentNeighbor['ipv4Unicast']>): readonly Said[] {
  if (family.export === undefined) return []
  const value = member(family.export, 'maxPrefixes', 'limit')
  return [
    {
      key: ['export', 'maxPrefixes', 'limit'],
      value: typeof value === 'number' ? value : undefined,
    },
  ]
}
