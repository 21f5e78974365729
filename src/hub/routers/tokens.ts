import { randomBytes, timingSafeEqual } from 'node:crypto'
import { sha256 } from '../../edge/host/facts/identity.js'
import type { RouterRecord } from '../store/records.js'

/** 256 random bits: too many to guess, so that wrong tokens need no lock-out. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Compares a token with a stored SHA-256 in constant time; without a stored digest it takes as long and is false. */
export function tokenMatches(token: string, stored: string | undefined): boolean {
  const shown = Buffer.from(sha256(token), 'hex')
  const wanted = Buffer.from(stored ?? '00'.repeat(32), 'hex')
  return wanted.length === shown.length && timingSafeEqual(wanted, shown) && stored !== undefined
}

/** The token of an `Authorization: Bearer …` header (RFC 6750 section 2.1); empty without one. */
export function bearerToken(header: string | undefined): string {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header ?? '')?.[1] ?? ''
}

/** The SHA-256 of each token with which a registered router may connect at this moment. */
export function acceptedDigests(router: RouterRecord, now: Date): string[] {
  const { tokenSha256, previousToken } = router
  const isOverlap = previousToken !== null && new Date(previousToken.until) > now
  return [
    ...(tokenSha256 === null ? [] : [tokenSha256]),
    ...(isOverlap ? [previousToken.sha256] : []),
  ]
}
