import { closeSync, openSync, writeSync } from 'node:fs'
import type { LinkSysctl } from '../../../core/model/link.js'
import type { Ifname } from '../../../core/model/names.js'

/** A file below `/proc/sys/net` and the text to write to it. */
export interface SysctlFile {
  readonly path: string
  readonly value: string
}

/**
 * The settings that are written through `/proc/sys/net`. IPv6 has no netlink attribute for `forwarding`;
 * IPv4's (IFLA_INET_CONF) would leave large receive offload on, which breaks forwarding. CAP_NET_ADMIN is
 * enough to write there (`net_ctl_permissions()`). The paths show the network namespace of the process
 * that opens them.
 */
export function sysctlFiles(link: Ifname, to: Partial<LinkSysctl>): readonly SysctlFile[] {
  const { forwarding4, forwarding6 } = to
  const file = (family: string, on: boolean): SysctlFile => ({
    path: `/proc/sys/net/${family}/conf/${link}/forwarding`,
    value: on ? '1' : '0',
  })
  return [
    ...(forwarding4 === undefined ? [] : [file('ipv4', forwarding4)]),
    ...(typeof forwarding6 === 'boolean' ? [file('ipv6', forwarding6)] : []),
  ]
}

/** Synchronous, because procfs answers in microseconds and Node's thread pool takes longer. Throws an errno error. */
export function writeSysctl(file: SysctlFile): void {
  const handle = openSync(file.path, 'r+')
  try {
    writeSync(handle, file.value)
  } finally {
    closeSync(handle)
  }
}
