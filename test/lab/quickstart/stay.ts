import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DIST } from '../topology/programs.js'
import type { Scene } from '../topology/customer-edge.js'

/** A shell on the customer's router while everything stays up; ends when the shell does. */
export async function stay(scene: Scene): Promise<void> {
  const command = join(scene.dir, 'demarc')
  const cli = `${process.execPath} ${join(DIST, 'demarc.js')}`
  const config = join(scene.dir, 'agent/demarc.toml')
  writeFileSync(command, `#!/bin/sh\nexec ${cli} --config ${config} "$@"\n`, { mode: 0o755 })
  process.stdout.write(`
Everything stays up. This is a shell on the customer's router; leave it with "exit". Try:

  demarc status                      the router at a glance
  demarc show optics                 the modules and their light
  demarc watch                       what happens, as it happens
  vfiber bend enp1s0f1 25dB          bend the other fibre; vfiber mend enp1s0f1
  ip -d address                      what demarc made in the kernel
  vtysh -N customer                  what it made in FRR
  birdc -s ${join(scene.dir, 'bird/bird.ctl')} show protocols all

`)
  const [program = 'env', ...words] = scene.customer.inside
  const shell = spawn(program, [...words, '/bin/bash', '--norc', '-i'], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${scene.dir}:${process.env['PATH'] ?? ''}`, PS1: 'par-edge-1# ' },
  })
  await once(shell, 'exit')
}
