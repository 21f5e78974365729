import { allowedIn, allowedText } from '../../core/providers/allowed.js'
import type { Profile, ProfileRule } from '../../core/providers/profile.js'
import { printable, table } from './table.js'

/** One line for each provider. */
export function renderProfiles(profiles: readonly Profile[]): string {
  const rows = profiles.map(({ id, name, product, services = [], rules }) => [
    id,
    `${name} ${product}`,
    services.map((service) => service.id).join(', ') || '-',
    String(rules.length),
  ])
  return printableLines(table(['PROVIDER', 'SERVICE OF', 'SERVICES', 'RULES'], rows))
}

/** A provider in full: its words, its rules with their documents, its states, the way to the first packet. */
export function renderProfile(profile: Profile): string {
  return printableLines(
    [
      `${profile.name} ${profile.product} (${profile.id})`,
      profile.says,
      ...serviceLines(profile),
      ...(profile.regions === undefined ? [] : [`Regions: ${profile.regions.join(', ')}`]),
      '',
      'RULES',
      ...profile.rules.flatMap(ruleLines),
      '',
      'WORDS',
      ...profile.words.map(({ name, means }) => `  ${name}: ${means}`),
      '',
      'STATES',
      ...stateLines('connection', profile.states.connection),
      ...stateLines('attachment', profile.states.attachment),
      '',
      'WHAT NO INTENT CAN BREAK',
      ...profile.facts.map(({ says, sources }) => `  ${says} [${sources.join(', ')}]`),
      '',
      'FROM THE LOA TO THE FIRST PACKET',
      ...profile.steps.map((step, i) => `  ${i + 1}. ${step}`),
      '',
      'WHAT SUPPORT WILL ASK',
      ...profile.support.map((question) => `  - ${question}`),
      '',
      'SOURCES',
      ...profile.sources.map(
        ({ id, title, url, dated, read }) =>
          `  [${id}] ${title}, ${url}${dated === undefined ? '' : ` (${dated})`}, read ${read}`,
      ),
    ].join('\n'),
  )
}

/** The provider's states, each with the one of demarc beside which it is shown. */
function stateLines(
  kind: string,
  states: readonly { readonly name: string; readonly means: string; readonly state?: string }[],
): readonly string[] {
  return states.map(
    ({ name, means, state }) =>
      `  ${kind} ${name}${state === undefined ? '' : ` (${state})`}: ${means}`,
  )
}

function serviceLines({ serviceOf, services: all = [] }: Profile): readonly string[] {
  return all.map(
    ({ id, name, says, default: isDefault }) =>
      `  service "${id}" of the ${serviceOf}: ${name}. ${says}${isDefault === true ? ' (if none is said)' : ''}`,
  )
}

function ruleLines(rule: ProfileRule): readonly string[] {
  const { id, kind, subject, says, sources } = rule
  const forServices = rule.services === undefined ? '' : `, for ${rule.services.join(', ')}`
  const takes = allowedIn(rule, undefined).length === 0 ? '' : `: ${allowedText(rule, undefined)}`
  const fill = rule.fill === undefined ? '' : `; fills in ${rule.fill}`
  return [
    `  ${kind}  ${id}  (${subject}${takes}${fill}${forServices})`,
    `      ${says} [${sources.join(', ')}]`,
  ]
}

/** The texts of an operator's file are foreign. */
function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
