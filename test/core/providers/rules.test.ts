import t from 'tap'
import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { judge, refusals } from '../../../src/core/providers/judge.js'
import type { Profile, ProfileRule } from '../../../src/core/providers/profile.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { casesOf, type RuleCase } from './cases.js'
import { minimal, servicesOf } from './samples.js'
import { withValue } from './write-value.js'

const PROFILES = [...BUILT_IN.values()]

/** The intent of a case, and the passwords that come with it. */
function intentOf(profile: Profile, { rule, service, region, value }: RuleCase): Intent {
  const base = minimal(profile, service)
  const connections = base.connections.map((connection) =>
    region === undefined ? connection : ({ ...connection, region } as typeof connection),
  )
  return withValue({ ...base, connections }, rule.subject, value)
}

function broken(profile: Profile, each: RuleCase): boolean {
  const length = each.rule.subject === 'password-length' ? Number(each.value) : 30
  return judge(intentOf(profile, each), BUILT_IN, new Map([['key', length]])).some(
    ({ rule }) => rule === each.rule.id,
  )
}

for (const profile of PROFILES) {
  t.test(`every rule of ${profile.id} refuses and takes what its data says`, async (t) => {
    for (const rule of profile.rules.filter(({ kind }) => kind !== 'default')) {
      const cases = casesOf(profile, rule)
      t.ok(
        cases.some(({ isTaken }) => isTaken),
        `${rule.id} takes something`,
      )
      t.ok(
        cases.some(({ isTaken }) => !isTaken),
        `${rule.id} refuses something`,
      )
      for (const each of cases) {
        const { service, region = '', value, isTaken } = each
        t.equal(
          broken(profile, each),
          !isTaken,
          `${rule.id} ${isTaken ? 'takes' : 'refuses'} ${value} (${service ?? ''} ${region})`,
        )
      }
    }
  })

  for (const service of servicesOf(profile)) {
    const name = [profile.id, ...(service === null ? [] : [service])].join(' ')
    t.test(`${name}: all rules that are broken at once are named at once`, async (t) => {
      const rules = profile.rules.filter(
        ({ kind, services }) =>
          kind === 'error' && (services === undefined || services.includes(service ?? '')),
      )
      const faults = refusals(
        judge(allBroken(profile, rules, service), BUILT_IN, new Map([['key', 1]])),
      )
      for (const { id } of rules) {
        const found = faults.find(({ message }) => message.includes(`(${id};`))
        t.ok(found, `${id} is named`)
        t.match(found?.message, /requires .+\(.+; .+, read \d{4}-\d\d-\d\d/, 'with its document')
      }
    })
  }
}

/** One connection for each rule, each breaking that rule alone, in one intent. */
function allBroken(
  profile: Profile,
  rules: readonly ProfileRule[],
  service: string | null,
): Intent {
  const router: Record<string, unknown> = { ...minimal(profile, service).router }
  const parts = rules.map((rule, i) => {
    const each = casesOf(profile, rule).find((one) => one.service === service && !one.isTaken)
    if (each === undefined) throw new Error(`${rule.id} refuses nothing`)
    const intent = intentOf(profile, each)
    Object.assign(router, rule.subject === 'own-as' ? { localAs: intent.router.localAs } : {})
    const name = `c${i}`
    return {
      connections: intent.connections.map((connection) => ({ ...connection, name })),
      attachments: intent.attachments.map((attachment) => ({ ...attachment, connection: name })),
    }
  })
  const internal = rules.find(({ subject }) => subject === 'as-relation')
  const place = internal === undefined ? -1 : rules.indexOf(internal)
  for (const attachment of parts[place]?.attachments ?? []) {
    for (const neighbor of attachment.bgp ?? [])
      Object.assign(neighbor, { peerAs: router['localAs'] })
  }
  return {
    ...minimal(profile, service),
    router,
    connections: parts.flatMap(({ connections }) => connections),
    attachments: parts.flatMap(({ attachments }) => attachments),
  } as Intent
}
