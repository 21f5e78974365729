/** Generated parts of the documentation: the faults, the fields of an intent, the methods. */
import { noteOf, notes } from './notes.mjs'
import { cell, table } from './text.mjs'

const NEXT = {
  retry: 'try again; it may pass by itself',
  'fix-input': 'correct the document or file, then try again',
  operator: 'something on or around the router must be changed by a person',
  'report-bug': 'report it to the authors; demarc or the other side broke its own rules',
}

export function faultPage({ FAULTS }) {
  const rows = Object.entries(FAULTS).map(([code, { next, summary }]) => [
    `\`${code}\``,
    summary,
    `\`${next}\``,
  ])
  return [
    '# Faults',
    'Every refusal and failure has a code of this table, a place (`at`) and a message. `next` is what may be done; programs decide by it and by the code, never by the message. This page is generated from `src/core/base/fault.ts`.',
    table(['code', 'what is wrong', 'next'], rows),
    '## What `next` means',
    table(
      ['next', 'meaning'],
      Object.entries(NEXT).map(([next, meaning]) => [`\`${next}\``, meaning]),
    ),
    '',
  ].join('\n\n')
}

/** What FRR does to a session when a setting is set, changed and unset. */
export function impactTable({ impacts }) {
  const { NEIGHBOR_IMPACT, FAMILY_IMPACT, BLOCK_IMPACT } = impacts
  const scopes = { neighbour: NEIGHBOR_IMPACT, family: FAMILY_IMPACT, block: BLOCK_IMPACT }
  const rows = Object.entries(scopes).flatMap(([scope, rules]) =>
    Object.entries(rules).map(([slot, { set, change, unset, source }]) => [
      scope,
      `\`${slot}\``,
      ...[set, change, unset].map((impact) => `\`${impact}\``),
      source,
    ]),
  )
  return table(['of', 'FRR setting', 'set', 'changed', 'unset', 'in FRR’s sources'], rows)
}

/** What a kernel step does to traffic; the words are those of a plan's effects. */
export function kernelImpactTable({ kernelImpacts }) {
  const rows = Object.values(kernelImpacts.REASONS)
  return table(
    ['what happens to a link', 'impact'],
    rows.map(({ why, impact }) => [cell(why), `\`${impact}\``]),
  )
}

export function bondOptionTable({ kernelImpacts }) {
  const rows = Object.entries(kernelImpacts.BOND_CHANGE)
  return table(
    ['option', 'bond goes down', 'impact', 'because'],
    rows.map(([option, { down, impact, why }]) => [
      `\`${option}\``,
      down ? 'yes' : 'no',
      `\`${impact}\``,
      why,
    ]),
  )
}

/** Settings of a bridge of demarc's and of its ports, which are kept at the kernel's defaults. */
export function bridgeSettingTable({ links, kernelImpacts }) {
  const rows = (place, settings, changes) =>
    Object.entries(settings).map(([setting, terms]) => {
      const { impact, why } = changes[setting]
      return [place, `\`${setting}\``, String(terms.default), `\`${impact}\``, cell(why)]
    })
  return table(
    ['of', 'setting', 'default', 'impact', 'because it'],
    [
      ...rows('bridge', links.BRIDGE_SETTINGS, kernelImpacts.BRIDGE_CHANGE),
      ...rows('port', links.BRIDGE_PORT_SETTINGS, kernelImpacts.BRIDGE_PORT_CHANGE),
    ],
  )
}

/** One table for each object of the intent, in the order of the document. */
export function fieldTables(schema, path = 'intent') {
  const required = new Set(schema.required ?? [])
  const rows = Object.entries(schema.properties).map(([key, field]) => [
    `\`${key}\``,
    typeText(field),
    required.has(key) ? 'required' : defaultText(field),
    cell(field.description ?? field.anyOf?.[0]?.description ?? items(field)),
  ])
  const inner = Object.entries(schema.properties).flatMap(([key, field]) => {
    const object = field.items ?? field
    return object.properties === undefined
      ? []
      : [
          fieldTables(
            object,
            `${path === 'intent' ? '' : `${path}.`}${key}${field.items ? '[]' : ''}`,
          ),
        ]
  })
  return [
    `### \`${path}\``,
    table(['key', 'type', 'where absent', 'what it is'], rows),
    ...inner,
  ].join('\n\n')
}

/** Members that every subject of the health document has; the page explains them once. */
const VERDICT = new Set(['severity', 'lifecycle', 'since', 'findings'])

/** One table for each object of the health document; `NAME` stands for a key that names a subject. */
export function healthTables(schema, path = '') {
  const required = new Set(schema.required ?? [])
  const members = Object.entries(schema.properties).filter(([key]) => !VERDICT.has(key))
  const rows = members.map(([key, member]) => [
    `\`${key}\``,
    member.additionalProperties === undefined ? typeText(member) : 'object by key',
    required.has(key) ? 'always' : 'if known',
    cell(member.description),
  ])
  const inner = members.map(([key, member]) => {
    const [object, suffix] = innerObject(member)
    return [`${path === '' ? '' : `${path}.`}${key}${suffix}`, object]
  })
  return [
    ...(path === '' ? [] : [`#### \`${path}\``]),
    table(['member', 'type', 'present', 'meaning'], rows),
    ...distinct(inner).map(([at, object]) => healthTables(object, at)),
  ].join('\n\n')
}

/** Objects with the same members, such as the limits of each quantity, share the table of the first. */
function distinct(objects) {
  const shapes = new Map(
    objects
      .filter(([, object]) => object?.properties !== undefined)
      .map(([at, object]) => [JSON.stringify(object.properties), [at, object]])
      .toReversed(),
  )
  return [...shapes.values()].toReversed()
}

function innerObject(member) {
  if (typeof member.additionalProperties === 'object') return [member.additionalProperties, '.NAME']
  return member.items === undefined ? [member, ''] : [member.items, '[]']
}

function typeText(field) {
  if (field.const !== undefined) return `\`${cell(JSON.stringify(field.const))}\``
  if (field.enum !== undefined) return field.enum.map((word) => `\`"${word}"\``).join(', ')
  if (field.anyOf !== undefined) return field.anyOf.map(typeText).join(' or ')
  if (field.type === 'array') {
    return field.maxItems === undefined ? 'list' : `list of at most ${field.maxItems}`
  }
  return field.type ?? 'any'
}

function items(field) {
  return field.items?.description ?? ''
}

function defaultText(field) {
  return field.default === undefined ? '' : `\`${cell(JSON.stringify(field.default))}\``
}

export function methodTable(side, methods) {
  const rows = Object.keys(methods).map((method) => [`\`${method}\``, noteOf(side, method)])
  const unknown = Object.keys(notes[side]).filter((method) => methods[method] === undefined)
  if (unknown.length > 0) throw new Error(`notes.mjs speaks of ${unknown.join(', ')}`)
  return table(['method', 'meaning'], rows)
}

export function limitTable(limits) {
  return table(
    ['limit', 'figure'],
    Object.entries(limits).map(([name, figure]) => [`\`${name}\``, figure]),
  )
}

/** Every metric of the agent and of the hub; those of both are listed once. */
export function metricTable({ AGENT_DEFINITIONS, HUB_DEFINITIONS }) {
  const ofHub = new Set(HUB_DEFINITIONS.map(({ name }) => name))
  const ofAgent = new Set(AGENT_DEFINITIONS.map(({ name }) => name))
  const all = [...AGENT_DEFINITIONS, ...HUB_DEFINITIONS.filter(({ name }) => !ofAgent.has(name))]
  const rows = all.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    [ofAgent.has(name) ? ['agent'] : [], ofHub.has(name) ? ['hub'] : []].flat().join(', '),
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    cell(help),
  ])
  return table(['metric', 'of', 'type', 'labels', 'meaning'], rows)
}
