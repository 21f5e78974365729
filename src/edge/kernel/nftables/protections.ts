import { existsSync } from 'node:fs'
import { fault, FaultError, type Fault } from '../../../core/base/fault.js'
import type {
  HaveLink,
  HaveProtection,
  HaveProtections,
  ProtectionCounts,
} from '../../../core/model/link.js'
import type { ProtectionStep } from '../../../core/model/plan.js'
import { attributes, octets, spanOf } from '../netlink/reader.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { FAMILY, NFTABLES } from '../netlink/uapi.js'
import { countElements, parseListing, type Items, type Tables } from './listing.js'
import type { Nft } from './nft.js'
import { COUNTERS, NEAR, protectionsOf, tableCommands, tableName } from './table.js'

/** The limits of links in bridges, which are tables of nftables. */
export interface Protections {
  /** Asks the kernel whether anything has changed, and nft only then. */
  readonly read: (links: readonly Pick<HaveLink, 'detail'>[]) => Promise<HaveProtections>
  readonly set: (step: ProtectionStep) => Promise<Fault | null>
  /** Those of `links` that have limits. */
  readonly counts: (links: readonly string[]) => Promise<readonly ProtectionCounts[]>
}

const NO_PROGRAM = 'the program nft is missing; install the Debian package nftables'
const NO_KERNEL =
  'demarcd has no use of nf_tables in this kernel (CONFIG_NF_TABLES, CONFIG_NF_TABLES_BRIDGE, CAP_NET_ADMIN)'

/** A directory of the kernel that is there while nf_tables is loaded. */
const LOADED = '/sys/module/nf_tables'

/** Limits as they were when the rules of the kernel had this generation. */
interface Read {
  readonly generation: string
  readonly found: readonly HaveProtection[]
}

export function openProtections(socket: NetlinkSocket, nft: Nft): Protections {
  let last: Read | null = null

  async function read(): Promise<HaveProtections> {
    const asked = await askGeneration(socket)
    if (!asked.ok) return unavailable(asked.why)
    const { generation } = asked
    if (last?.generation === generation) return { found: last.found, unavailable: null }
    const listed = await listTables(nft)
    if (!listed.ok) return unavailable(`nft did not list its tables: ${listed.why}`)
    last = { generation, found: protectionsOf(listed.tables) }
    return { found: last.found, unavailable: null }
  }

  return {
    async read(links) {
      // The question would load the kernel's module on a router that has no use for it.
      if (!nft.isInstalled()) return unavailable(NO_PROGRAM)
      const isIdle = !links.some(({ detail }) => detail.kind === 'bridge') && !existsSync(LOADED)
      return isIdle ? { found: [], unavailable: null } : read()
    },
    async set({ link, to }) {
      const answer = await nft.run(tableCommands(link, to))
      if (answer.ok) return null
      const act = to === null ? 'remove' : 'set'
      const text = `nft did not ${act} the limits of what ${link} sends: ${answer.why}`
      return fault('KERNEL_REFUSED', link, text)
    },
    async counts(links) {
      if (links.length === 0) return []
      const listed = await listTables(nft)
      const tables: Tables = listed.ok ? listed.tables : new Map()
      const limited = links.flatMap((link) => {
        const items = tables.get(tableName(link))
        return items === undefined ? [] : [{ link, items }]
      })
      return Promise.all(
        limited.map(async ({ link, items }) => {
          const isCounted = items.sets.some(({ name }) => name === NEAR)
          const macs = isCounted ? await macsOf(nft, link) : null
          return { link, macs, dropped: droppedBy(items) }
        }),
      )
    },
  }
}

const FAMILY_NAME = 'bridge'

function unavailable(why: string): HaveProtections {
  return { found: [], unavailable: why }
}

type Listed =
  { readonly ok: true; readonly tables: Tables } | { readonly ok: false; readonly why: string }

async function listTables(nft: Nft): Promise<Listed> {
  const answer = await nft.list('--terse', 'list', 'ruleset', FAMILY_NAME)
  if (!answer.ok) return answer
  const tables = parseListing(answer.text)
  return tables === undefined ? { ok: false, why: 'its answer is no JSON' } : { ok: true, tables }
}

function droppedBy({ counters }: Items): ProtectionCounts['dropped'] {
  const counted = new Map(counters.map(({ name, packets }) => [name, packets]))
  return Object.fromEntries(
    COUNTERS.flatMap((name) => {
      const packets = counted.get(name)
      return packets === undefined ? [] : [[name, packets]]
    }),
  )
}

async function macsOf(nft: Nft, link: string): Promise<number | null> {
  const answer = await nft.list('list', 'set', FAMILY_NAME, tableName(link), NEAR)
  return answer.ok ? countElements(answer.text) : null
}

type Asked =
  { readonly ok: true; readonly generation: string } | { readonly ok: false; readonly why: string }

/** The number of the kernel's rules, which every change of any of them raises. */
async function askGeneration(socket: NetlinkSocket): Promise<Asked> {
  try {
    const answer = await socket.get({
      type: NFTABLES.GET_GENERATION,
      flags: 0,
      body: (writer) => writer.words(FAMILY.UNSPEC),
    })
    const id = octets(attributes(spanOf(answer.body, NFTABLES.HEADER)).get(NFTABLES.GENERATION_ID))
    return id === undefined
      ? { ok: false, why: NO_KERNEL }
      : { ok: true, generation: id.toString('hex') }
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    return { ok: false, why: `${NO_KERNEL}: ${error.fault.message}` }
  }
}
