import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { VERSION } from '../../core/base/version.js'
import type {
  ChangeProgress,
  HelloParams,
  HelloResult,
  HUB_METHODS,
} from '../../core/wire/messages.js'
import { commonProtocol, protocolList, PROTOCOLS } from '../../core/wire/rpc.js'
import type { Handlers } from '../../edge/socket/method-table.js'
import type { AuditRecord } from '../../core/wire/audit.js'
import type { AuditLog } from '../store/audit.js'
import type { Journal } from '../store/journal.js'
import { heldGeneration, type RouterRecord } from '../store/records.js'
import type { Store } from '../store/store.js'
import type { AgentContext, AgentLinks } from './agents.js'
import type { AgentCaller, AgentPeer } from './open-connections.js'
import { applyProgress, FINAL_PHASES, isRepeat, REPEATS_AMONG, storable } from './changes.js'
import { applyEvents, applyHealth, resumedAt } from './reports.js'
import type { Update } from './routers.js'

/** What the methods work on. */
export interface HubMethodsContext extends AgentContext {
  readonly store: Store
  readonly journal: Journal
  readonly links: AgentLinks
  readonly audit: Pick<AuditLog, 'additions'>
  /** A change of this router has ended, so that the router can take another. */
  readonly onSettled: (id: string) => void
}

/** The methods of the hub for one connection; all but `hello` and `ping` are refused before hello. */
export function hubMethods(
  context: HubMethodsContext,
  caller: AgentCaller,
  peer: AgentPeer,
  onHello: () => void,
): Handlers<typeof HUB_METHODS> {
  const { store, routers, links } = context
  const { id } = caller
  const now = (): string => context.wall().toISOString()
  async function afterHello<T>(answer: () => Promise<Result<T>>): Promise<Result<T>> {
    if (links.link(id)?.peer === peer) return answer()
    return refused(fault('PEER_PROTOCOL', 'hello', 'send hello first'))
  }
  /** Says when reports never came: the agent dropped them, or an older hub had acknowledged them. */
  function noted<T extends Update<unknown>>(update: T, before: RouterRecord): T {
    const count = update.router.reportsMissed - before.reportsMissed
    if (count > 0) {
      context.log.warn(
        { event: 'reports-missed', router: id, count, after: before.sequence },
        'reports of this router never came to this hub; what they said is lost',
      )
    }
    return update
  }
  return {
    async hello(params) {
      const answer = await hello(context, caller, peer, params)
      if (answer.ok) onHello()
      return answer
    },
    ping: () => ok({ at: now() }),
    'report.health': async (report) =>
      afterHello(async () =>
        flat(
          routers.update(id, async (router) =>
            noted(await applyHealth(store, router, report, now()), router),
          ),
        ),
      ),
    'report.events': async (report) =>
      afterHello(async () =>
        flat(routers.update(id, (router) => noted(applyEvents(router, report, now()), router))),
      ),
    'change.progress': async (progress) =>
      afterHello(async () => reportProgress(context, id, progress)),
  }
}

async function hello(
  { routers, links, log, wall, audit }: HubMethodsContext,
  caller: AgentCaller,
  peer: AgentPeer,
  params: HelloParams,
): Promise<Result<HelloResult>> {
  const { id, digest } = caller
  const protocol = protocolFor(id, params)
  if (!protocol.ok) return protocol
  const at = wall().toISOString()
  const { agentVersion, bootId, platform, capabilities, running, lastGood } = params
  const agent = { agentVersion, bootId, platform, capabilities }
  const data = { connected: true, agentVersion, running }
  // A router that connects again and again from one place fills no audit.
  const isNews = routers.isAccepted(id, digest) && links.isNewOrigin(caller)
  const updated = await routers.update(id, (before): Update<Result<number>> => {
    const router = resumedAt(before, params.lastSequence)
    // Between the opening handshake and now the router may have been removed, registered anew or given a new token.
    if (!routers.isAccepted(id, digest)) return { router: before, answer: refused(revoked(id)) }
    if (isUnknownIntent(router, params)) {
      log.warn(
        { event: 'intent-unknown', router: id, running, lastGood },
        'the router has an intent newer than every one of this hub: it was pushed on the router itself, or this hub was restored from an older backup',
      )
    }
    const isNewToken = router.tokenSha256 === digest
    const previousToken = isNewToken ? null : router.previousToken
    return {
      router: { ...router, lastSeen: at, agent, running, lastGood, previousToken },
      writes: isNews ? audit.additions(helloRecord(caller, at)) : [],
      records: [{ router: id, type: 'router', at, data }],
      answer: ok(router.sequence),
    }
  })
  const answer = updated.ok ? updated.value : updated
  // The new token has been used, which ends the time of the old one; a refused connection ends as well.
  links.revoke(id)
  if (!answer.ok) return answer
  if (peer.signal.aborted) {
    return refused(fault('AGENT_UNREACHABLE', 'hello', 'the connection ended'))
  }
  links.attach(id, { peer, digest, since: at })
  log.info({ event: 'agent-connected', router: id, agentVersion, running }, 'agent connected')
  return ok({
    hub: 'demarc-hub',
    hubVersion: VERSION,
    protocol: protocol.value,
    acknowledged: answer.value,
  })
}

function revoked(id: string): Fault {
  const detail = `the token of this connection is no longer accepted for ${id}; connect with the new one`
  return fault('UNAUTHORIZED', 'hello', detail)
}

/** Whether the router has a newer intent than every one that this hub has stored or that a router has reported. */
function isUnknownIntent(router: RouterRecord, { running, lastGood }: HelloParams): boolean {
  const known = Math.max(router.intent?.generation ?? 0, heldGeneration(router))
  return heldGeneration({ running, lastGood }) > known
}

function helloRecord({ id, digest, from }: AgentCaller, at: string): AuditRecord {
  return {
    at,
    actor: { kind: 'router', name: id },
    from,
    action: 'hello',
    router: id,
    outcome: 'done',
    detail: `token ${digest.slice(0, 12)}`,
  }
}

/** The protocol to speak with a router that says hello, or why it is refused. */
function protocolFor(id: string, { router, protocols, agentVersion }: HelloParams): Result<number> {
  if (router !== id) {
    const detail = `the token is for ${id}, hello is from ${router}`
    return refused(fault('UNAUTHORIZED', 'router', detail))
  }
  const protocol = commonProtocol(protocols)
  if (protocol !== undefined) return ok(protocol)
  const mine = `this hub (demarc-hub ${VERSION}) speaks protocol ${protocolList(PROTOCOLS)}`
  const theirs = `the agent (demarcd ${agentVersion}) speaks ${protocolList(protocols)}`
  const detail = `${mine}, ${theirs}: upgrade the older of the two`
  return refused(fault('PEER_PROTOCOL', 'protocols', detail))
}

/** The answer of an update that may itself be a refusal. */
async function flat<T>(update: Promise<Result<Result<T>>>): Promise<Result<T>> {
  const done = await update
  return done.ok ? done.value : done
}

async function reportProgress(
  { routers, journal, wall, onSettled }: HubMethodsContext,
  id: string,
  progress: ChangeProgress,
): Promise<Result<Record<string, never>>> {
  const answer = await routers.update(id, async (router) => {
    const recent = await journal.read({ router: id, type: 'change', limit: REPEATS_AMONG })
    if (isRepeat(progress, recent)) return { router, answer: {} }
    return applyProgress(router, storable(progress), wall().toISOString())
  })
  if (FINAL_PHASES.includes(progress.phase)) setImmediate(() => onSettled(id))
  return answer
}
