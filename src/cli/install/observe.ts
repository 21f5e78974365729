import type { TomlFile } from '../../core/toml/layers.js'
import { dropInDir, dropInNames } from '../../edge/host/files/settings-files.js'
import type { HaveInstalled } from './plan.js'
import type { RootShell } from './privilege.js'

/** Releases are unpacked below it; `current` is a link to the running one. */
export const INSTALL_DIR = '/opt/demarc'

/** Prints one line for each fact. The arguments are the files to look at. Changes nothing. */
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

/** Reads what is installed; as root, because others may not read all of the files. */
export async function observeInstalled(
  root: RootShell,
  paths: readonly string[],
): Promise<HaveInstalled> {
  const text = await root.run(['sh', '-c', SCRIPT, 'observe', ...paths])
  const lines = text.split('\n').map((line) => line.split(' '))
  const facts = (kind: string): string[][] => lines.filter(([first]) => first === kind)
  return {
    releases: facts('release').flatMap(([, name]) => name ?? []),
    current: facts('current')[0]?.[1] ?? null,
    enabled: facts('enabled')[0]?.[1] === 'enabled',
    active: facts('active')[0]?.[1] === 'active',
    files: new Map(
      facts('file').map(([, sha256 = '', mode = '', owner = '', ...path]) => [
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

/** The drop-ins of a settings file on the router, in the order in which its agent reads them. */
export async function readRemoteDropIns(
  root: RootShell,
  config: string,
): Promise<readonly TomlFile[]> {
  const dir = dropInDir(config)
  const { code, stdout } = await root.attempt(['ls', '-1', '--', dir])
  const names = code === 0 ? dropInNames(dir, stdout.split('\n')) : []
  const dropIns: TomlFile[] = []
  for (const name of names) {
    const text = await root.run(['cat', '--', `${dir}/${name}`])
    dropIns.push({ file: `${dir}/${name} on the router`, text })
  }
  return dropIns
}
