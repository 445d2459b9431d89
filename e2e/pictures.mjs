// Takes the pictures in docs/pictures from a demo: `SIEGELPOST=… node pictures.mjs`.

import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DESK, PHONE, launch, open } from './lib/browser.mjs'
import { CUSTOMER, EMPLOYEE, activate, linkIn, message, signIn, PASSWORD } from './lib/customer.mjs'
import { startDemo, until } from './lib/demo.mjs'
import { mailTo } from './lib/outbox.mjs'
import { PEOPLE, arrive } from './lib/person.mjs'
import { send } from './lib/smtp.mjs'

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url))
const path = (name) => `${folder}${name}.png`
mkdirSync(folder, { recursive: true })

const browser = await launch()
const demo = await startDemo()
try {
  const german = { ...PEOPLE[0], javaScriptEnabled: true }
  const phone = await arrive(browser, german)
  const desk = await arrive(browser, { ...german, viewport: { ...DESK, height: 820 } })
  const notice = await mailTo(demo, CUSTOMER)
  const mail = await open(browser, { viewport: PHONE })
  await mail.setContent(notice.html)
  await mail.screenshot({ path: path('notice') })

  await phone.page.goto(linkIn(notice))
  await phone.page.screenshot({ path: path('landing') })
  await phone.follow('landing-button')
  await phone.page.screenshot({ path: path('step-1') })
  await activate(demo, phone)
  for (const subject of ['Ihr Beitrag ab Januar', 'Unterlagen für Ihre Steuererklärung']) {
    const file = { name: 'Übersicht.pdf', type: 'application/pdf', content: '%PDF-1.4\n' }
    const sent = message({ subject, headers: ['X-Siegelpost-Class: special'], text: 'Guten Tag Frau Beispiel,\n', files: [file] })
    await send(demo.smtp, { from: EMPLOYEE, to: CUSTOMER, message: sent })
    await mailTo(demo, CUSTOMER, (later) => later.headers.subject.endsWith(subject))
  }
  await phone.page.goto(demo.portal)
  await phone.page.screenshot({ path: path('mailbox-phone') })
  await desk.page.goto(demo.portal)
  await signIn(desk, PASSWORD, CUSTOMER)
  await desk.page.screenshot({ path: path('mailbox') })
  for (const [person, name] of [[phone, 'message-phone'], [desk, 'message']]) {
    await person.go(person.page.locator('.row a', { hasText: 'Physiotherapie' }))
    await until(() => person.page.frameLocator('iframe.frame').locator('table').first().isVisible())
    await person.page.screenshot({ path: path(name) })
  }
  await together(['notice', 'landing', 'message'], 'portal')
} finally {
  await browser.close()
  await demo.stop()
}

/** Several pictures side by side, all of the same height. */
async function together(names, name) {
  const tab = await open(browser, { viewport: { width: 1270, height: 530 } })
  const image = (one) => `<img alt="" src="data:image/png;base64,${readFileSync(path(one)).toString('base64')}">`
  await tab.setContent(`<style>
    body { margin: 0; padding: 32px; display: flex; gap: 24px; justify-content: center; background: #dfe7ec }
    img { height: 466px; border-radius: 12px; box-shadow: 0 6px 30px rgb(20 40 60 / .25) }
  </style>${names.map(image).join('')}`)
  await until(() => tab.evaluate(() => [...document.images].every((image) => image.complete)))
  await tab.screenshot({ path: path(name) })
}
