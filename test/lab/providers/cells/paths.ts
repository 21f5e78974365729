import { waitFor } from '../../../support/process/wait.js'
import type { ModeScene } from '../scene.js'

/** Waits until the customer's router has so many next hops for a prefix. */
export async function pathsTo(scene: ModeScene, prefix: string, count: number): Promise<string> {
  const read = () => [...scene.edge.run('ip', 'route', 'show', prefix).matchAll(/via ([\d.]+)/g)]
  const found = await waitFor(`${count} paths to ${prefix}`, read, {
    until: (paths) => paths.length === count,
    within: 60,
  })
  return `${found.length} equal paths`
}
