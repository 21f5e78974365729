import { readFile } from 'node:fs/promises'

/** The name of a user of this host, from `/etc/passwd`; '' where it has none there. */
export async function userName(uid: number): Promise<string> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const line = users.split('\n').find((user) => user.split(':')[2] === String(uid))
  return line?.split(':')[0] ?? ''
}
