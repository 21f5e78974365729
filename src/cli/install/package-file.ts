import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fault } from '../../core/base/fault.js'
import { Refusal } from '../command/context.js'

/** A Debian package of demarc on the operator's machine. */
export interface PackageFile {
  readonly path: string
  /** As Debian writes it, such as `0.1.0`. */
  readonly version: string
  /** Debian's name of the architecture, such as `amd64`. */
  readonly arch: string
  readonly octets: number
  /** SHA-256 in hexadecimal. */
  readonly sha256: string
}

/** The name that dpkg gives a package's file; the router compares it with what is inside. */
const NAME = /^demarc_([0-9][0-9A-Za-z.+~-]{0,63})_([a-z0-9]{1,16})\.deb$/

/** The version and architecture in the name of a package's file; undefined: it is none of `demarc`. */
export function parsePackageName(
  file: string,
): { readonly version: string; readonly arch: string } | undefined {
  const [, version, arch] = NAME.exec(basename(file)) ?? []
  return version === undefined || arch === undefined ? undefined : { version, arch }
}

/** The name of such a file. */
export function packageName({ version, arch }: { version: string; arch: string }): string {
  return `demarc_${version}_${arch}.deb`
}

/** Reads the packages that the operator names; at most one for an architecture. Throws a Refusal with every fault. */
export async function readPackages(
  flag: string,
  files: readonly string[],
): Promise<readonly PackageFile[]> {
  const read = await Promise.all(files.map(readPackage))
  const arches = read.map(({ arch }) => arch)
  const twice = arches.find((arch, i) => arches.indexOf(arch) !== i)
  if (twice === undefined) return read
  const message = `two packages are for ${twice}: give one for each architecture`
  throw new Refusal([fault('CONFIG_VALUE', flag, message)])
}

async function readPackage(path: string): Promise<PackageFile> {
  const named = parsePackageName(path)
  if (named === undefined) {
    const message = 'is not the name of a package of the agent: demarc_VERSION_ARCHITECTURE.deb'
    throw new Refusal([fault('CONFIG_VALUE', path, message)])
  }
  try {
    const hash = createHash('sha256')
    await pipeline(createReadStream(path), hash)
    const { size: octets } = await stat(path)
    return { path, ...named, octets, sha256: hash.digest('hex') }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Refusal([fault('FILE_UNREADABLE', path, reason)])
  }
}
