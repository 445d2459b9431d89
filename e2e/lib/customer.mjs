// The fictitious customer of the demo, and the ways that several journeys share.

import assert from 'node:assert/strict'
import { links } from './mail.mjs'
import { mailTo } from './outbox.mjs'

export const CUSTOMER = 'erika.beispiel@kundin.example'
export const EMPLOYEE = 'leistung@alpenblick.example'
export const PASSWORD = 'Vier Möwen stricken nachts'
export const ANSWER = 'Fahrradkurier'

/** The one link of a notice. */
export function linkIn(mail) {
  const found = links(mail.text)
  const inside = found.filter((link) => new URL(link).pathname !== '/')
  assert.equal(inside.length, 1, `one link, not ${found.join(' ')}`)
  return inside[0]
}

/** Sets the mailbox up by the first notice to `address`, without a look to the left or right. */
export async function activate(demo, person, address = CUSTOMER) {
  const { page, field, press, follow } = person
  await page.goto(linkIn(await mailTo(demo, address, (mail) => mail.text.includes('/activate/'))))
  await follow('landing-button')
  await field('password-new').fill(PASSWORD)
  await field('password-again').fill(PASSWORD)
  await press('next')
  await field('question-work').check()
  await field('answer-label').fill(ANSWER)
  await press('next')
  await press('finish-button')
  await person.expectText('flash-activated')
}

/** Signs in on the page that asks for it. */
export async function signIn({ field, press }, password = PASSWORD, address = undefined) {
  if (address !== undefined) await field('sign-in-address').fill(address)
  await field('password').fill(password)
  await press('sign-in-button')
}

/** A message as the organisation's mail server hands it in. `headers` come first; `html` and `files` are optional. */
export function message({ subject, headers = [], text, html, images = [], files = [] }) {
  const related = html && part('multipart/related; boundary="rel"', [
    entity('text/html; charset=utf-8', html),
    ...images.map(({ id, content }) => entity('image/png', content, [`Content-ID: <${id}>`, 'Content-Disposition: inline'])),
  ], 'rel')
  const bodies = part('multipart/alternative; boundary="alt"', [entity('text/plain; charset=utf-8', text), ...(related ? [related] : [])], 'alt')
  const attached = files.map(({ name, type, content }) =>
    entity(type, content, [`Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`]))
  const word = `=?utf-8?B?${Buffer.from(subject).toString('base64')}?=`
  const head = [...headers, `From: "Jonas Lindner" <${EMPLOYEE}>`, `To: <${CUSTOMER}>`, `Subject: ${word}`, 'MIME-Version: 1.0']
  return Buffer.from(`${head.join('\r\n')}\r\n${part('multipart/mixed; boundary="mix"', [bodies, ...attached], 'mix')}\r\n`)
}

function part(type, parts, boundary) {
  return `Content-Type: ${type}\r\n\r\n${parts.map((inner) => `--${boundary}\r\n${inner}\r\n`).join('')}--${boundary}--`
}

function entity(type, content, more = []) {
  const lines = Buffer.from(content).toString('base64').replace(/(.{76})(?=.)/g, '$1\r\n')
  return [`Content-Type: ${type}`, ...more, 'Content-Transfer-Encoding: base64', '', lines].join('\r\n')
}
