/** The signature of the checksums, detached and in ASCII, by a key of the caller's GnuPG. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'

/** Signs the file as `FILE.asc`. Without a key it removes a signature of an earlier build, which would be of other sums. */
export function signFile(file, key) {
  const signature = `${file}.asc`
  rmSync(signature, { force: true })
  if (key === undefined) return
  const words = ['--batch', '--armor', '--local-user', key, '--output', signature]
  execFileSync('gpg', [...words, '--detach-sign', file], { stdio: ['ignore', 'ignore', 'inherit'] })
}
