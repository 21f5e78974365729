import { never } from '../../../core/base/never.js'
import type { VrfRuleStep } from '../../../core/model/plan.js'
import {
  RULE_PRIORITY,
  RULE_PROTOCOL,
  type RuleFamily,
  type RuleOwner,
  type VrfRule,
  type VrfRules,
} from '../../../core/model/vrf.js'
import { attributes, spanOf, uint, type Message } from '../netlink/reader.js'
import type { Request } from '../netlink/socket.js'
import { FAMILY, FLAG, FRA, MESSAGE, RULE_ACTION } from '../netlink/uapi.js'

/** Length of `struct fib_rule_hdr`, and offsets in it. */
const HEADER = 12
const AT = { FAMILY: 0, DST_LENGTH: 1, SRC_LENGTH: 2, TOS: 3, ACTION: 7, FLAGS: 8 } as const

/** Priority of the main table's rule, which a rule must precede to close a VRF. */
const MAIN_PRIORITY = 32766
/** FIB_RULE_INVERT: the rule is for packets that it does not describe. */
const INVERT = 0x2

const DROPS: readonly number[] = Object.values(RULE_ACTION)
/** What a rule without conditions has; any other attribute is a condition. */
const UNCONDITIONAL: ReadonlySet<number> = new Set([
  FRA.PRIORITY,
  FRA.SUPPRESS_PREFIXLEN,
  FRA.TABLE,
  FRA.PAD,
  FRA.L3MDEV,
  FRA.PROTOCOL,
])

const NUMBER_OF = { ipv4: FAMILY.INET, ipv6: FAMILY.INET6 } as const

/** RTM_GETRULE of all families. */
export const RULE_DUMP: Request = {
  type: MESSAGE.GETRULE,
  flags: 0,
  body: (writer) => writer.words(FAMILY.UNSPEC, 0, 0),
}

/** The rules of both families that close VRFs, from a dump of all rules. */
export function vrfRulesOf(messages: readonly Message[]): VrfRules {
  const of = (family: RuleFamily): VrfRule => {
    const rules = messages.filter(({ body }) => body.readUInt8(AT.FAMILY) === NUMBER_OF[family])
    const owners = rules.flatMap((rule) => ownerOf(rule) ?? [])
    if (rules.length === 0) return 'unsupported'
    return owners.find((owner) => owner === 'own') ?? owners[0] ?? 'absent'
  }
  return { ipv4: of('ipv4'), ipv6: of('ipv6') }
}

/** undefined: the rule does not close VRFs, or only for some packets. */
function ownerOf({ body }: Message): RuleOwner | undefined {
  if (body.length < HEADER) return undefined
  const found = attributes(spanOf(body, HEADER))
  const conditional =
    [AT.DST_LENGTH, AT.SRC_LENGTH, AT.TOS].some((at) => body.readUInt8(at) !== 0) ||
    (body.readUInt32LE(AT.FLAGS) & INVERT) !== 0 ||
    [...found.keys()].some((type) => !UNCONDITIONAL.has(type))
  const drops = DROPS.includes(body.readUInt8(AT.ACTION))
  const priority = uint(found.get(FRA.PRIORITY)) ?? 0
  if (conditional || !drops || uint(found.get(FRA.L3MDEV)) !== 1) return undefined
  if (priority >= MAIN_PRIORITY) return undefined
  return uint(found.get(FRA.PROTOCOL)) === RULE_PROTOCOL ? 'own' : 'foreign'
}

/** The kernel cannot change a rule: one that gets another owner is added anew before the old one is removed. */
export function ruleRequests(step: VrfRuleStep): readonly Request[] {
  const { family } = step
  switch (step.do) {
    case 'vrf-rule-add':
      return [ruleRequest(MESSAGE.NEWRULE, family, 'own')]
    case 'vrf-rule-delete':
      return [ruleRequest(MESSAGE.DELRULE, family, 'own')]
    case 'vrf-rule-mark':
      return [
        ruleRequest(MESSAGE.NEWRULE, family, step.to),
        ruleRequest(MESSAGE.DELRULE, family, step.from),
      ]
    default:
      return never(step)
  }
}

function ruleRequest(type: number, family: RuleFamily, owner: RuleOwner): Request {
  return {
    type,
    flags: type === MESSAGE.NEWRULE ? FLAG.CREATE : 0,
    body: (writer) => {
      writer.words(NUMBER_OF[family], RULE_ACTION.UNREACHABLE << 24, 0)
      writer.u32(FRA.PRIORITY, RULE_PRIORITY[owner]).u8(FRA.L3MDEV, 1)
      if (owner === 'own') writer.u8(FRA.PROTOCOL, RULE_PROTOCOL)
    },
  }
}
