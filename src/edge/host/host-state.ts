import { loadavg, uptime } from 'node:os'
import systeminformation from 'systeminformation'
import type { HostState } from '../../core/model/state.js'

/** Reads the host's facts; what cannot change until a reboot is asked for once. */
export type HostReader = () => Promise<HostState>

/**
 * systeminformation starts processes for system and processor (60 ms here), so only the figures that
 * move are read again: memory from /proc/meminfo, load and uptime from the kernel.
 */
export async function openHostReader(): Promise<HostReader> {
  const [system, processor] = await Promise.all([
    systeminformation.osInfo(),
    systeminformation.cpu(),
  ])
  const fixed = {
    hostname: system.hostname,
    os: `${system.distro} ${system.release}`.trim(),
    kernel: system.kernel,
    cpus: processor.cores,
  }
  return async () => {
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
