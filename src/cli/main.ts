#!/usr/bin/env node
import { CommanderError } from 'commander'
import { guardOutput } from '../edge/host/output.js'
import { EXIT, type ExitStatus } from '../edge/host/program.js'
import { showRefusal, type Context } from './command/context.js'
import { createProgram } from './program.js'

async function main(): Promise<ExitStatus> {
  let exit: ExitStatus = EXIT.done
  const outputClosed = guardOutput()
  const program = createProgram(async (verb) => {
    const { json, utc, config, socket } = program.opts<{
      utc: boolean
      json: boolean
      config: string
      socket?: string
    }>()
    // Node reads it at once, so that every screen shows the same zone.
    if (utc) process.env['TZ'] = 'UTC'
    const context: Context = {
      json,
      configFile: config,
      socket: socket ?? null,
      out: (text) => void process.stdout.write(`${text}\n`),
      outputClosed,
      err: (text) => void process.stderr.write(`${text}\n`),
    }
    exit = await verb(context).catch((error: unknown) => showRefusal(context, error))
  })
  try {
    await program.parseAsync()
    return exit
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? EXIT.done : EXIT.usage
  }
}

process.exitCode = await main()
