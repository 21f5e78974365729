import { fault, FaultError } from '../../../core/base/fault.js'
import { readBounded } from '../../../edge/host/files/bounded-read.js'
import { writeDurable } from '../../../edge/host/files/durable-file.js'

/**
 * The format of the store that this hub reads and writes. It gets the next number when the hub before could not read the
 * store any more, or would lose something of it.
 */
const FORMAT = 1

/** Octets of the file with the number. */
const FILE_MAX = 16

/** A file of its own, because LevelDB changes the files of a store as soon as it opens them. */
const fileOf = (store: string): string => `${store}.format`

/**
 * Whether the number of the format is beside this store. A new store has none, nor has that of a hub which knew no number;
 * both are of format 1. Changes nothing. Rejects with `STATE_NEWER` where a newer hub wrote the store.
 */
export async function hasFormat(store: string): Promise<boolean> {
  const file = fileOf(store)
  const reading = await readBounded(file, FILE_MAX)
  // Where the store is not in a directory, LevelDB says so.
  const isAbsent = reading.kind === 'refused' && reading.reason === 'ENOTDIR'
  if (reading.kind === 'missing' || isAbsent) return false
  const text = reading.kind === 'text' ? reading.text : ''
  const number = /^([1-9]\d{0,5})\n$/.exec(text)?.[1]
  if (number === undefined) throw new FaultError(fault('STATE_DAMAGED', file, DAMAGED))
  if (Number(number) > FORMAT) throw new FaultError(fault('STATE_NEWER', store, newer(number)))
  return true
}

export async function writeFormat(store: string): Promise<void> {
  await writeDurable(fileOf(store), `${FORMAT}\n`)
}

const DAMAGED =
  'the store is damaged: this file should hold the number of its format, and does not. If no newer demarc-hub has run on this store, remove the file and start the hub; else restore a backup (docs/hub.md)'

function newer(number: string): string {
  return `a newer demarc-hub wrote this store: its format is ${number}, and this demarc-hub reads ${FORMAT}. Nothing was changed. Install the newer demarc-hub again, or restore the backup that was made before it (docs/upgrade.md)`
}
