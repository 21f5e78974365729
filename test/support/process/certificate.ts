import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** A certificate of its own authority for this machine, good for so many days from now. */
export function certificate(dir: string, name: string, days = 2): Certificate {
  const [cert, key, request] = ['crt', 'key', 'csr'].map((end) => join(dir, `${name}.${end}`))
  if (cert === undefined || key === undefined || request === undefined) throw new Error(name)
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
  openssl(
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-subj', '/CN=localhost', '-addext', names, '-keyout', key, '-out', request],
  )
  // Unlike `req -x509` this takes a number of days that is below zero.
  openssl(
    ...['x509', '-req', '-in', request, '-signkey', key, '-copy_extensions', 'copy'],
    ...['-days', String(days), '-out', cert],
  )
  return { cert, key }
}

function openssl(...words: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}
