/** One page for each provider, from its profile and from the samples in `config/intents`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cell, table } from './text.mjs'

const SAMPLES = 'config/intents'

/** Path → text of every page. */
export function providerPages({ BUILT_IN, allowedText }) {
  const pages = [...BUILT_IN.values()].map((profile) => [
    `docs/providers/${profile.id}.md`,
    page(profile, allowedText),
  ])
  return Object.fromEntries(pages)
}

function page(profile, allowedText) {
  return [
    `# ${profile.name} ${profile.product}`,
    `${profile.says} In an intent it is \`"provider": "${profile.id}"\`. This page is generated from the profile; \`demarc providers ${profile.id}\` prints the same.`,
    ...services(profile),
    ...(profile.regions === undefined
      ? []
      : [`Regions: ${profile.regions.map((region) => `\`${region}\``).join(', ')}.`]),
    '## The words of the provider',
    table(
      ['there', 'in an intent'],
      profile.words.map(({ name, means }) => [cell(name), cell(means)]),
    ),
    '## Rules',
    'An `error` is refused by `demarc validate`, by the hub and by the agent. A `warning` is said. A `default` is filled in where the intent leaves it out, as is the value in the column "filled in". A connection that does not keep a rule names it in `accept`, with the reason.',
    table(
      ['rule', 'kind', 'subject', 'services', 'taken', 'filled in', 'what the provider says'],
      profile.rules.map((rule) => ruleRow(rule, allowedText)),
    ),
    '## What no intent can break',
    profile.facts.map(({ says, sources }) => `- ${says} (${sources.join(', ')})`).join('\n'),
    ...states(profile),
    '## From the LOA to the first packet',
    profile.steps.map((step, i) => `${i + 1}. ${step}`).join('\n'),
    '## What support will ask',
    profile.support.map((question) => `- ${question}`).join('\n'),
    '## Sources',
    table(
      ['', 'document', 'its own date or version', 'read'],
      profile.sources.map(({ id, title, url, dated = '', read }) => [
        id,
        cell(`${title}, ${url}`),
        dated,
        read,
      ]),
    ),
    ...samples(profile),
    '',
  ].join('\n\n')
}

function services({ services: all = [], serviceOf }) {
  if (all.length === 0) return []
  return [
    `The \`service\` of the ${serviceOf} is one of these:`,
    table(
      ['service', 'what it is', 'if none is said'],
      all.map(({ id, name, says, default: isDefault = false }) => [
        `\`${id}\``,
        cell(`${name}: ${says}`),
        isDefault ? 'this one' : '',
      ]),
    ),
  ]
}

function ruleRow(rule, allowedText) {
  const { id, kind, subject, says, sources, services: only = [], fill, byRegion = [] } = rule
  const local = byRegion.flatMap((each) => (each.fill === undefined ? [] : [each.fill]))
  return [
    `\`${id}\``,
    kind,
    subject,
    only.join(', ') || 'all',
    cell(allowedText(rule, undefined)),
    [...(fill === undefined ? [] : [fill]), ...local].join(' or '),
    cell(`${says} (${sources.join(', ')})`),
  ]
}

function states({ states: { connection, attachment } }) {
  const rows = [
    ...connection.map((state) => ['connection', state]),
    ...attachment.map((state) => ['attachment', state]),
  ]
  if (rows.length === 0) return []
  return [
    '## States',
    table(
      ['of', 'state', 'shown beside', 'meaning'],
      rows.map(([of, { name, means, state }]) => [
        of,
        cell(name),
        state === undefined ? '–' : `\`${state}\``,
        cell(means),
      ]),
    ),
  ]
}

/** The samples of a provider, the minimal ones first; they are intents of the repository, and tested. */
function samples({ id }) {
  if (!existsSync(SAMPLES)) return []
  const files = readdirSync(SAMPLES).filter((file) => file.startsWith(`${id}-`))
  const inOrder = files.toSorted((a, b) => Number(a.includes('full')) - Number(b.includes('full')))
  return [
    '## Intents',
    ...inOrder.flatMap((file) => [
      `### \`${SAMPLES}/${file}\``,
      `\`\`\`text\n${readFileSync(`${SAMPLES}/${file}`, 'utf8').trimEnd()}\n\`\`\``,
    ]),
  ]
}
