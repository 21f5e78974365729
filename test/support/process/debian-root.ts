import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/** Mounts the root below a tmpfs that takes what is written, and runs the script in it. */
const ENTER = `
lower=$1 packages=$2 size=$3 base=$4 script=$5
mount -t tmpfs -o "size=$size" tmp "$base"
mkdir "$base/upper" "$base/work" "$base/root"
mount -t overlay -o "lowerdir=$lower,upperdir=$base/upper,workdir=$base/work" root "$base/root"
mount -t proc proc "$base/root/proc"
mount -t tmpfs run "$base/root/run"
mount --bind /dev "$base/root/dev"
mkdir "$base/root/packages"
mount --bind "$packages" "$base/root/packages"
exec chroot "$base/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive /bin/bash -ec "$script"
`

/**
 * Runs a script of bash as root in a Debian 13 of its own, without a network, as `scripts/lab setup` has installed
 * it. `packages` is the folder that it sees as /packages; `size` is the room on its disk, in MB. What it writes is lost.
 */
export function inDebian13(options: {
  readonly packages: string
  readonly size: number
  readonly script: string
}): SpawnSyncReturns<string> {
  const cache = process.env['DEMARC_CACHE'] ?? join(homedir(), '.cache/demarc')
  const base = mkdtempSync(join(tmpdir(), 'demarc-debian-'))
  try {
    const alone = [
      '--mount',
      '--net',
      '--pid',
      '--fork',
      '--kill-child',
      '--propagation',
      'private',
    ]
    const words = [join(cache, 'debian-13'), options.packages, `${options.size}m`, base]
    return spawnSync(
      'unshare',
      [...alone, 'bash', '-ec', ENTER, 'debian-13', ...words, options.script],
      { encoding: 'utf8' },
    )
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}
