import type { HaveInstalled } from './plan.js'
import type { RootShell } from './privilege.js'

/** Where releases are unpacked; `current` is a link to the one that runs. */
export const INSTALL_DIR = '/opt/demarc'

/** One line for each fact; arguments are the paths to look at. Changes nothing. */
const SCRIPT = `
cd ${INSTALL_DIR}/releases 2>/dev/null && for name in *; do [ -d "$name" ] && echo "release $name"; done
cd /
link=$(readlink ${INSTALL_DIR}/current) && echo "current \${link##*/}"
echo "enabled $(systemctl is-enabled demarcd.service 2>/dev/null)"
echo "active $(systemctl is-active demarcd.service 2>/dev/null)"
for path; do
  [ -f "$path" ] || continue
  set -- $(sha256sum <"$path")
  echo "file $1 $(stat -c '%a %U:%G' "$path") $path"
done
`

/** Reads what is installed, as root: some of the files are nobody else's business. */
export async function observeInstalled(
  root: RootShell,
  paths: readonly string[],
): Promise<HaveInstalled> {
  const text = await root.run(['sh', '-c', SCRIPT, 'observe', ...paths])
  const lines = text.split('\n').map((line) => line.split(' '))
  const said = (what: string): string[][] => lines.filter(([first]) => first === what)
  return {
    releases: said('release').flatMap(([, name]) => name ?? []),
    current: said('current')[0]?.[1] ?? null,
    enabled: said('enabled')[0]?.[1] === 'enabled',
    active: said('active')[0]?.[1] === 'active',
    files: new Map(
      said('file').map(([, sha256 = '', mode = '', owner = '', ...path]) => [
        path.join(' '),
        { sha256, mode, owner },
      ]),
    ),
  }
}

/** A file's text, or null where there is none. */
export async function readRemote(root: RootShell, path: string): Promise<string | null> {
  const { code, stdout } = await root.attempt(['cat', '--', path])
  return code === 0 ? stdout : null
}
