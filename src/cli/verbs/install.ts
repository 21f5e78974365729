import type { Command } from 'commander'
export function addInstall(_program: Command, _run: unknown): void {}
