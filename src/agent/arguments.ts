import { parseArgs } from 'node:util'
import { VERSION } from '../core/base/version.js'
import { EXIT, print } from '../edge/host/program.js'

/** What a program of the agent does with its arguments: it runs with these settings, or it ends with this status. */
export type Arguments = { readonly config: string } | { readonly end: number }

/** Reads `--config FILE`, `--version` and `--help`. It prints what the last two ask for, and what is wrong with the others. */
export function readArguments(help: string): Arguments {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string', default: '/etc/demarc/demarc.toml' },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) return { end: print(help) }
    if (values.version) return { end: print(`${VERSION}\n`) }
    return { config: values.config }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${help}`)
    return { end: EXIT.usage }
  }
}
