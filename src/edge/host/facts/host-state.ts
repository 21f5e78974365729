import { loadavg, uptime } from 'node:os'
import systeminformation from 'systeminformation'
import type { HostState } from '../../../core/model/state.js'

/** Reads the facts of the host. */
export type HostReader = () => Promise<HostState>

/**
 * systeminformation starts processes to identify system and processor (60 ms on two 3 GHz cores). They
 * cannot change before a reboot, so only the first call does that; nothing is read before it, because a
 * rollback at the start must not wait. Later calls read memory from /proc/meminfo, load and uptime.
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
