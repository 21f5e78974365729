import { loadavg, uptime } from 'node:os'
import systeminformation from 'systeminformation'
import type { HostState } from '../../../core/model/state.js'

/** Reads the host's facts; what cannot change until a reboot is asked for once. */
export type HostReader = () => Promise<HostState>

/**
 * systeminformation starts processes for system and processor (60 ms here), so they are asked for at
 * the first reading, not while a change waits to be undone, and after that only the figures that move
 * are read: memory from /proc/meminfo, load and uptime from the kernel.
 */
export function openHostReader(): HostReader {
  let fixed: Awaited<ReturnType<typeof readFixed>> | undefined
  return async () => {
    fixed ??= await readFixed()
    const memory = await systeminformation.mem()
    return {
      ...fixed,
      memoryTotal: memory.total,
      memoryAvailable: memory.available,
      load1: loadavg()[0] ?? 0,
      uptime: Math.floor(uptime()),
    }
  }
}

async function readFixed() {
  const [system, processor] = await Promise.all([
    systeminformation.osInfo(),
    systeminformation.cpu(),
  ])
  return {
    hostname: system.hostname,
    os: `${system.distro} ${system.release}`.trim(),
    kernel: system.kernel,
    cpus: processor.cores,
  }
}
