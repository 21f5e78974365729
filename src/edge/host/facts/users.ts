import { readFile } from 'node:fs/promises'

/** The name of a user of this host, from `/etc/passwd`; '' where it has none there. */
export async function userName(uid: number): Promise<string> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const line = users.split('\n').find((user) => user.split(':')[2] === String(uid))
  return line?.split(':')[0] ?? ''
}

/** User and group id of a user of this host. */
export interface UserIds {
  readonly uid: number
  readonly gid: number
}

/** Those of a name, from `/etc/passwd`; undefined where it has none there. */
export async function userIds(name: string): Promise<UserIds | undefined> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const [, , uid, gid] =
    users
      .split('\n')
      .find((user) => user.startsWith(`${name}:`))
      ?.split(':') ?? []
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}
