// Prints mails by Chromium, through its protocol in a tab that is open already, and by a new process each.
//
// Usage: node print_bench.mjs FOLDER ROUNDS. FOLDER has NAME.json as the example `pages` of the crate `document` writes them. Prints JSON:
// {"NAME": {"warm": [ms, …], "cold": [ms, …]}}.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FLAGS, findChromium, launch } from './lib/browser.mjs'

const [folder, rounds] = [process.argv[2], Number(process.argv[3])]
const work = mkdtempSync(join(tmpdir(), 'siegelpost-print-'))
const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/** The mail as a page: the same words around it, then its body. */
function pageOf({ mail }) {
  const fields = mail.fields.map((field) => `<p>${escape(field.label)}: ${escape(field.value)}</p>`).join('')
  const body = mail.html ?? `<pre style="white-space:pre-wrap">${escape(mail.text)}</pre>`
  return `<!doctype html><html lang="de"><meta charset="utf-8"><title>${escape(mail.title)}</title><h1>${escape(mail.title)}</h1>${fields}${body}`
}

const mails = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name: name.slice(0, -5), html: pageOf(JSON.parse(readFileSync(join(folder, name), 'utf8'))) }))

const results = {}
const browser = await launch()
try {
  const page = await browser.newPage()
  for (const { name, html } of mails) {
    const warm = []
    for (let round = 0; round < rounds + 2; round += 1) {
      const begun = performance.now()
      await page.setContent(html)
      await page.pdf({ format: 'A4', tagged: true, printBackground: true })
      warm.push(performance.now() - begun)
    }
    results[name] = { warm: warm.slice(2), cold: [] }
  }
} finally {
  await browser.close()
}
for (const { name, html } of mails) {
  const file = join(work, `${name}.html`)
  writeFileSync(file, html)
  for (let round = 0; round < Math.min(rounds, 5); round += 1) {
    const begun = performance.now()
    const pdf = `--print-to-pdf=${join(work, 'out.pdf')}`
    const ended = spawnSync(findChromium(), [...FLAGS, '--headless', `--user-data-dir=${join(work, 'data')}`, pdf, `file://${file}`])
    if (ended.status !== 0) throw new Error(String(ended.stderr))
    results[name].cold.push(performance.now() - begun)
    rmSync(join(work, 'data'), { recursive: true, force: true })
  }
}
rmSync(work, { recursive: true, force: true })
console.log(JSON.stringify(results))
