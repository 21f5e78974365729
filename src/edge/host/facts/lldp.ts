import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import * as z from 'zod'
import type { LldpNeighbor } from '../../../core/model/state.js'

/** The control socket of lldpd, as Debian builds it. */
const SOCKET = '/run/lldpd.socket'

/** Time that an answer may take before the program is killed, ms. */
const TIMEOUT = 3000
/** Octets of an answer: lldpd keeps 32 neighbours on a port, each with 1,500 octets of LLDP at most. */
const ANSWER_MAX = 4 * 1024 * 1024
/** Neighbours that are taken from one port. */
const NEIGHBORS_MAX = 4
/** Characters that are taken from one text: LLDP allows 255 octets. */
const TEXT_MAX = 255

/** The far devices by the name of the port; a port without one is left out. */
export type LldpNeighbors = ReadonlyMap<string, readonly LldpNeighbor[]>

export interface Lldpd {
  /** lldpd runs on this router, or has run since the boot. */
  readonly isThere: () => Promise<boolean>
  /** Asks lldpd for the neighbours of these ports. Rejects where it does not answer. */
  readonly neighbors: (ports: readonly string[]) => Promise<LldpNeighbors>
}

/** lldpd of this router, asked through its own program `lldpcli`, because its socket has no stable protocol. */
export function openLldpd(socket = SOCKET): Lldpd {
  return {
    isThere: () =>
      access(socket).then(
        () => true,
        () => false,
      ),
    async neighbors(ports) {
      const words = ['-u', socket, '-f', 'json0', 'show', 'neighbors', 'ports', ports.join(',')]
      return ports.length === 0 ? new Map() : parseNeighbors(await lldpcli(words))
    },
  }
}

function lldpcli(words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const terms = { timeout: TIMEOUT, killSignal: 'SIGKILL', maxBuffer: ANSWER_MAX } as const
    execFile('lldpcli', words, terms, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(reasonOf(error, stderr)))
    })
  })
}

/** The last line of lldpcli without its time, which changes with each line. */
function reasonOf(
  error: Error & { readonly code?: unknown; readonly killed?: boolean },
  stderr: string,
): string {
  if (error.code === 'ENOENT') return 'lldpcli is not installed'
  if (error.code === 'EACCES') return 'lldpcli may not be run by this user'
  if (error.killed === true) return 'it did not answer lldpcli'
  const line =
    stderr
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^\S+T\S+ /, '') ?? ''
  return line.slice(0, TEXT_MAX) || 'lldpcli failed'
}

const Values = z.array(z.looseObject({ value: z.string().optional() })).optional()
const Interface = z.looseObject({
  name: z.string(),
  chassis: z.array(z.looseObject({ id: Values, name: Values })).optional(),
  port: z.array(z.looseObject({ id: Values, descr: Values })).optional(),
})
type Interface = z.output<typeof Interface>
const Answer = z.looseObject({
  lldp: z.array(z.looseObject({ interface: z.array(Interface).optional() })),
})

/** Reads what `lldpcli -f json0 show neighbors` prints. Throws where it is something else. */
export function parseNeighbors(text: string): LldpNeighbors {
  const parsed = Answer.safeParse(jsonOf(text))
  if (!parsed.success) throw new Error('lldpcli printed something else than json0')
  const found = new Map<string, readonly LldpNeighbor[]>()
  for (const each of parsed.data.lldp.flatMap((part) => part.interface ?? [])) {
    const before = found.get(each.name) ?? []
    if (before.length >= NEIGHBORS_MAX) continue
    found.set(each.name, [...before, neighborOf(each)])
  }
  return found
}

/** What is missing is empty. */
function neighborOf({
  chassis: [chassis = {}] = [],
  port: [port = {}] = [],
}: Interface): LldpNeighbor {
  return {
    chassisId: first(chassis.id) ?? '',
    systemName: first(chassis.name),
    portId: first(port.id) ?? '',
    portDescription: first(port.descr),
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function first(values: z.output<typeof Values>): string | null {
  return values?.[0]?.value?.slice(0, TEXT_MAX) ?? null
}
