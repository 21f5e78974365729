import type { TomlFile } from '../../core/toml/layers.js'
import { dropInDir, dropInNames } from '../../edge/host/files/settings-files.js'
import type { HaveInstalled } from './plan.js'
import type { RootShell } from './privilege.js'

/** Where the packages that were installed stay, so that there is a version to return to. */
export const PACKAGE_DIR = '/var/cache/demarc'

/** Prints one line for each fact. The arguments are the files to look at. Changes nothing. */
const SCRIPT = `
echo "package $(dpkg-query -W -f '\${db:Status-Status} \${Version}' demarc 2>/dev/null)"
echo "active $(systemctl is-active demarcd.service 2>/dev/null)"
for path in ${PACKAGE_DIR}/demarc_*.deb /var/cache/apt/archives/demarc_*.deb; do
  [ -f "$path" ] || continue
  echo "kept $(sha256sum <"$path" | cut -c1-64) $path"
done
for path; do
  [ -f "$path" ] || continue
  echo "file $(sha256sum <"$path" | cut -c1-64) $(stat -c '%a %U:%G' "$path") $path"
done
`

/** States of dpkg in which nothing of a package is installed. */
const ABSENT = ['', 'not-installed', 'config-files']

/** Reads what is installed; as root, because others may not read all of the files. */
export async function observeInstalled(
  root: RootShell,
  paths: readonly string[],
): Promise<HaveInstalled> {
  const text = await root.run(['sh', '-c', SCRIPT, 'observe', ...paths])
  const lines = text.split('\n').map((line) => line.split(' '))
  const facts = (kind: string): string[][] => lines.filter(([first]) => first === kind)
  const [, status = '', version = ''] = facts('package')[0] ?? []
  return {
    version: ABSENT.includes(status) ? null : version,
    isWhole: status === 'installed',
    active: facts('active')[0]?.[1] === 'active',
    // The folder of demarc comes first, and the later of two with one name does not replace it.
    kept: new Map(
      facts('kept')
        .reverse()
        .map(([, sha256 = '', path = '']) => [path.split('/').at(-1) ?? '', { sha256, path }]),
    ),
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
