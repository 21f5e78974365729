import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { run } from '../../support/process/command.js'
import { planted } from '../../support/process/planted-secrets.js'
import { BGP_PASSWORD } from '../topology/interconnect.js'
import type { SystemdRouter } from './router.js'

/**
 * Writes secrets to the journal that a support bundle must not show: one that only its place shows, in the lines of two
 * units and of the kernel, and one that stands anywhere and is known by its file. A line that root writes may be about
 * another unit.
 */
function plantInJournal(): void {
  const pushed = `neighbor 10.0.9.1 password ${planted('pushed')}`
  for (const [unit, text] of [
    ['demarcd', pushed],
    ['frr', pushed],
    ['demarc-rollback', `it is said to be ${BGP_PASSWORD} here`],
  ]) {
    const input = `MESSAGE=lab: ${text}\nOBJECT_SYSTEMD_UNIT=${unit}.service\n`
    execFileSync('logger', ['--journald'], { input })
  }
  writeFileSync('/dev/kmsg', `lab: ${pushed}\n`)
  run('journalctl', '--sync')
}

/** Makes a support bundle beside an agent that does not run, and looks for the journal in it; takes 5 s at least. */
export async function testBundle(
  t: Test,
  router: Pick<SystemdRouter, 'demarc'>,
  bundle: string,
): Promise<void> {
  plantInJournal()
  const began = performance.now()
  const { status, stderr } = router.demarc(['support-bundle', '--output', bundle])
  const took = performance.now() - began
  t.comment(`the bundle took ${Math.round(took)} ms`)
  t.equal(status, 0, stderr)
  const read = (name: string) => run('tar', '-xzOf', bundle, '--wildcards', `*/${name}`)
  t.notMatch(read('*'), /xPlantedx/)
  t.match(read('journal/demarcd.txt'), /"event":"started".*systemd\[1\]: Stopped demarcd\.service/s)
  t.match(read('journal/frr.txt'), /(?:bgpd|zebra|watchfrr)\[\d+\]: /)
  t.match(read('journal/demarc-rollback.txt'), 'lab: it is said to be [redacted] here\n')
  for (const name of ['demarcd', 'frr', 'kernel']) {
    t.match(read(`journal/${name}.txt`), 'lab: neighbor 10.0.9.1 password [redacted]\n', name)
  }
  await new Promise((resolve) => setTimeout(resolve, 5_000 - took))
}
