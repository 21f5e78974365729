#!/usr/bin/env node
/**
 * Compiles every published JSON Schema strictly. A keyword that JSON Schema does not have and a reference that
 * leads nowhere are findings. test/project/schemas.test.ts shows that the schemas judge documents rightly.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { conclude } from './syntax.mjs'

const FOLDER = 'docs/schemas'

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
const findings = files.flatMap((name) => {
  try {
    const ajv = new Ajv2020({ strict: true, strictTypes: false, validateFormats: false })
    ajv.compile(JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')))
    return []
  } catch (error) {
    return [`${FOLDER}/${name}: ${error.message}`]
  }
})
conclude('schemas', files.length, findings)
