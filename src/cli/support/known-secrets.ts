import { join } from 'node:path'
import type { AgentSettings } from '../../core/config/settings.js'
import { fileEnd } from '../../edge/host/collect/file-end.js'
import { namesIn } from './host-sources.js'

/** Octets of a file with one secret. */
const SECRET_MAX = 4096

/** Where systemd's credentials of this router are. */
const CREDENTIALS = '/etc/credstore'

/** The secrets in the files of this router, as far as this user may read them; they are masked wherever they occur. */
export async function knownSecrets({
  secrets,
  hub,
  state,
}: Pick<AgentSettings, 'secrets' | 'hub' | 'state'>): Promise<readonly string[]> {
  const paths = [
    join(state.dir, 'vault.key'),
    ...(hub?.token.kind === 'file' ? [hub.token.path] : []),
    ...(await namesIn(secrets.dir)).map((name) => join(secrets.dir, name)),
    ...(await namesIn(CREDENTIALS)).map((name) => join(CREDENTIALS, name)),
  ]
  const read = await Promise.all(
    paths.map((path) => fileEnd(path, { most: SECRET_MAX, keep: 'head' })),
  )
  return read.flatMap((each) => (each.kind === 'text' ? [each.text.trim()] : [])).filter(Boolean)
}
