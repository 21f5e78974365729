import { toFingerprint } from '../../edge/ssh/host-keys.js'

/** A router, as SSH reaches it. */
export interface Destination {
  readonly user: string
  readonly host: string
  readonly port: number
}

/** `USER@HOST` at port 22; the host is a name or an address, IPv6 with or without brackets. */
export function parseDestination(text: string): Destination | undefined {
  const match = /^([A-Za-z0-9_][A-Za-z0-9._-]*)@\[?([A-Za-z0-9.:_-]+)\]?$/.exec(text)
  const [, user, host] = match ?? []
  return user === undefined || host === undefined ? undefined : { user, host, port: 22 }
}

/** Whether the text is a fingerprint as `ssh-keygen -l` prints it. */
export function isFingerprint(text: string): boolean {
  return toFingerprint(text) !== undefined
}
