import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../../../core/base/json.js'
import { seconds, toMillis } from '../../../core/base/time.js'

/** What the program nft has printed, or why it failed. */
export type NftAnswer =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string }

/** nft of nftables, which reads and prints JSON (libnftables-json(5)). */
export interface Nft {
  /** The program is there. */
  readonly isInstalled: () => boolean
  /** Commands as JSON, in one transaction: all of them take effect, or none. */
  readonly run: (commands: Json) => Promise<NftAnswer>
  readonly list: (...words: readonly string[]) => Promise<NftAnswer>
}

/** Where Debian's packages and administrators put it. */
const DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** Time that one run may take; a run takes a few ms. */
const TIMEOUT = seconds(20)
/** Octets of one answer. A set of 8192 addresses takes 1 MiB. */
const OUTPUT_MAX = 16 * 1024 * 1024
/** Characters of nft's own words. */
const WORDS_MAX = 200

export function openNft(directories: readonly string[] = DIRECTORIES): Nft {
  const path = () => directories.map((dir) => join(dir, 'nft')).find(isProgram)

  function start(words: readonly string[]): Promise<NftAnswer> {
    const program = path()
    if (program === undefined) return Promise.resolve({ ok: false, why: 'there is no nft' })
    const options = {
      timeout: toMillis(TIMEOUT),
      maxBuffer: OUTPUT_MAX,
      killSignal: 'SIGKILL',
      env: { LC_ALL: 'C' },
    } as const
    return new Promise((resolve) => {
      execFile(program, words, options, (error, stdout, stderr) => {
        if (error === null) resolve({ ok: true, text: stdout })
        else resolve({ ok: false, why: error.killed === true ? 'it took too long' : said(stderr) })
      })
    })
  }

  return {
    isInstalled: () => path() !== undefined,
    // Not as its standard input: nft opens /dev/stdin, and the kernel opens no socket, which Node makes of it.
    run: (commands) => start(['--json', JSON.stringify(commands)]),
    list: (...words) => start(['--json', ...words]),
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The first line of nft's words, without the place in a text that nobody sees. */
function said(stderr: string): string {
  const [line = ''] = stderr.split('\n')
  const plain = line.replaceAll(/[^\x20-\x7e]/g, ' ').replace(/^\S+ Error: /, '')
  return plain === '' ? 'it says nothing' : plain.slice(0, WORDS_MAX)
}
