// Runs the files in `tests/` one after another: some check the tools in `lib/`, the others walk the portal with them.
//
// `node run.mjs` runs all; names of files run those only. SIEGELPOST names the program under test.

import { readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const here = dirname(fileURLToPath(import.meta.url))
const tests = join(here, 'tests')
const found = readdirSync(tests).filter((name) => name.endsWith('.test.mjs')).sort().map((name) => join(tests, name))
const named = process.argv.slice(2).map((name) => resolve(name))

run({ files: named.length > 0 ? named : found, concurrency: 1 })
  .on('test:fail', () => { process.exitCode = 1 })
  .compose(new spec())
  .pipe(process.stdout)
