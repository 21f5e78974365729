import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { fault } from '../../core/base/fault.js'
import { millis, toSeconds, type Seconds } from '../../core/base/time.js'
import { VERSION } from '../../core/base/version.js'
import { parseAgentSettings } from '../../core/config/agent-file.js'
import type { AgentSettings } from '../../core/config/settings.js'
import { createMask, secretsIn } from '../../core/masking/mask.js'
import { writeArchive } from '../../edge/host/collect/archive.js'
import type { ExitStatus } from '../../edge/host/program.js'
import { accepted, Refusal, show, type Context } from '../command/context.js'
import { readSettings } from '../command/files.js'
import { printable } from '../render/table.js'
import { span } from '../render/time.js'
import { agentSources, doctorSources } from './agent-sources.js'
import { collectAll, type Bounds, type Entry } from './collect.js'
import {
  diskSources,
  frrSources,
  journalSources,
  kernelSources,
  systemSources,
} from './host-sources.js'
import { knownSecrets } from './known-secrets.js'
import { ENTRY_MAX, plainName } from './source.js'

/** 60 s in all, of which the doctor may use most; 48 MiB before they are compressed, of which 4 are one entry's at most. */
const BOUNDS: Bounds = { most: 48 * ENTRY_MAX, each: 40_000, all: 60_000 }

/** tar has this long after the collecting. */
const PACK_TIMEOUT = 20_000

/** What a bundle has and has not; `MANIFEST.json` in it. */
interface Manifest {
  readonly demarc: string
  readonly at: string
  readonly took: Seconds
  readonly entries: readonly {
    readonly name: string
    readonly from: string
    readonly octets: number
    /** More was there than fits. */
    readonly cut: boolean
    readonly took: Seconds
  }[]
  readonly missing: readonly {
    readonly name: string
    readonly from: string
    readonly reason: string
  }[]
}

/** `demarc support-bundle`: one file for the person who has to find out what is wrong. */
export async function supportBundle(
  context: Context,
  output: string | undefined,
): Promise<ExitStatus> {
  const now = new Date()
  const name = `demarc-support-${plainName(hostname())}-${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`
  const path = resolve(output ?? `${name}.tar.gz`)
  const settings = await settingsOr(context)
  const entries = await collect(context, settings, now)
  const mask = createMask([...(await knownSecrets(settings)), ...entries.flatMap(secretsOf)])
  const texts = new Map(
    entries.flatMap(({ source, collected }) =>
      collected.kind === 'text' ? [[source.name, mask(collected.text)] as const] : [],
    ),
  )
  const manifest = manifestOf(entries, { texts, mask, began: now })
  const { missing, took } = manifest
  texts.set('MANIFEST.json', `${JSON.stringify(manifest, null, 2)}\n`)
  await writeArchive(path, name, texts, AbortSignal.timeout(PACK_TIMEOUT)).catch(
    (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      throw new Refusal([
        fault('FILE_UNWRITABLE', path, `${why}; write it elsewhere with --output`),
      ])
    },
  )
  return show(context, { file: path, entries: manifest.entries.length, took, missing }, renderMade)
}

type Places = Pick<AgentSettings, 'secrets' | 'hub' | 'state' | 'frr'>

/** All sources, in groups of which none waits for another. */
function collect(context: Context, settings: Places, now: Date): Promise<readonly Entry[]> {
  // A reason may quote what a program says of a line.
  const mask = createMask([])
  return collectAll(
    [
      async () => systemSources(now),
      () => diskSources(context.configFile, settings.state.dir),
      () => kernelSources(),
      async () => frrSources(settings.frr.runDir),
      async () => journalSources(),
      async () => [...agentSources(context), ...(await doctorSources(context))],
    ],
    BOUNDS,
    (entry) => context.err(mask(progressLine(entry))),
  )
}

function secretsOf({ source, collected }: Entry): readonly string[] {
  return source.isConfiguration === true && collected.kind === 'text'
    ? secretsIn(collected.text)
    : []
}

/** What is on standard output. */
interface Made {
  readonly file: string
  readonly entries: number
  readonly took: Seconds
  readonly missing: Manifest['missing']
}

function renderMade({ file, entries, took, missing }: Made): string {
  return [
    `${printable(file)}: ${entries} entries, in ${span(took)}. Secrets are masked.`,
    ...(missing.length > 0 ? ['Missing, with the reason in MANIFEST.json:'] : []),
    ...missing.map((each) => `  ${printable(each.name)}`),
  ].join('\n')
}

/** Those of the files; where they cannot be used, those that hold without one. */
async function settingsOr(context: Context): Promise<Places> {
  const defaults = parseAgentSettings('[agent]\nid = "unknown"\n', context.configFile)
  return readSettings(context).catch(() => accepted(defaults))
}

function progressLine({ source, collected, took }: Entry): string {
  const result =
    collected.kind === 'missing'
      ? `missing: ${collected.reason}`
      : `${collected.text.length} octets`
  return printable(`${source.name.padEnd(36)} ${result}, ${span(took)}`)
}

function manifestOf(
  entries: readonly Entry[],
  {
    texts,
    mask,
    began,
  }: {
    readonly texts: ReadonlyMap<string, string>
    readonly mask: (text: string) => string
    readonly began: Date
  },
): Manifest {
  return {
    ...{ demarc: VERSION, at: began.toISOString() },
    took: toSeconds(millis(Date.now() - began.getTime())),
    entries: entries.flatMap(({ source: { name, from }, collected, took }) => {
      const octets = Buffer.byteLength(texts.get(name) ?? '')
      return collected.kind === 'text' ? [{ name, from, octets, cut: collected.cut, took }] : []
    }),
    missing: entries.flatMap(({ source: { name, from }, collected }) =>
      collected.kind === 'missing' ? [{ name, from, reason: mask(collected.reason) }] : [],
    ),
  }
}
