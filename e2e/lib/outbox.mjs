// The demo's outbox: every mail that left, as a program finds it in the data folder.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from './demo.mjs'
import { parse } from './mail.mjs'

/** All mail that left so far, oldest first: each its `envelope` (`mail_from`, `rcpt_to`, `at`) and its parsed content. */
export async function outbox(demo) {
  const folder = join(demo.data, 'outbox')
  const names = await readdir(folder).catch(() => [])
  const whole = names.filter((name) => name.endsWith('.eml') && names.includes(name.replace(/eml$/, 'json'))).sort()
  return Promise.all(whole.map(async (name) => ({
    ...parse(await readFile(join(folder, name))),
    envelope: JSON.parse(await readFile(join(folder, name.replace(/eml$/, 'json')), 'utf8')),
  })))
}

/** Waits for the newest mail to `address` that `wanted` accepts. */
export function mailTo(demo, address, wanted = () => true) {
  const find = async () => (await outbox(demo)).filter((mail) => mail.envelope.rcpt_to.includes(address)).findLast(wanted)
  return until(find, 15_000, () => `no such mail to ${address} in the outbox`)
}
