import { hash } from 'node:crypto'
import { parseJson } from '../../../core/base/json.js'

/** Hexadecimal digits of the SHA-256 that stands before each stored value: 64 bits. */
const SUM_DIGITS = 16

/** What the store holds under one key. */
export interface StoredText {
  /** The first 64 bits of a SHA-256 over key and JSON, as it was when the entry was written. */
  readonly sum: string
  readonly json: string
  /** The JSON is what was written under this key. */
  readonly isIntact: boolean
}

/** The text to store under a key. LevelDB does not check a value when it reads it; this sum does. */
export function storedText(key: string, value: object): string {
  const json = JSON.stringify(value)
  return `${sumOf(key, json)}${json}`
}

/** Reads what {@link storedText} made. A hub before 0.2 stored the JSON alone, which has no sum of its own. */
export function readStoredText(key: string, text: string): StoredText {
  if (text.startsWith('{')) {
    return { sum: sumOf(key, text), json: text, isIntact: parseJson(text) !== undefined }
  }
  const sum = text.slice(0, SUM_DIGITS)
  const json = text.slice(SUM_DIGITS)
  return { sum, json, isIntact: sum === sumOf(key, json) }
}

/** The sum of a stored text, without the work of checking it. */
export function storedSum(key: string, text: string): string {
  return text.startsWith('{') ? sumOf(key, text) : text.slice(0, SUM_DIGITS)
}

function sumOf(key: string, json: string): string {
  return hash('sha256', `${key}\0${json}`).slice(0, SUM_DIGITS)
}
