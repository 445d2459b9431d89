// What a customer does with a mailbox besides reading and answering: searching, writing, settings, deleting, asking for help.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before } from 'node:test'
import { accessibilityFaults, close, isTooWide, launch, open, picture } from '../lib/browser.mjs'
import { ANSWER, CUSTOMER, EMPLOYEE, PASSWORD, activate, message, signIn } from '../lib/customer.mjs'
import { startDemo } from '../lib/demo.mjs'
import { parse } from '../lib/mail.mjs'
import { mailTo } from '../lib/outbox.mjs'
import { PEOPLE, arrive, journey } from '../lib/person.mjs'
import { send } from '../lib/smtp.mjs'
import { unzip } from '../lib/zip.mjs'

const NEW_PASSWORD = 'Sieben Igel lernen Posaune'

let browser
before(async () => { browser = await launch() })
after(() => browser.close())

/** Every file is what the list of sums says of it. */
function assertSums(files) {
  const sums = files.find((file) => file.name === 'SHA256SUMS').content.toString().trimEnd().split('\n')
  const found = files.filter((file) => file.name !== 'SHA256SUMS')
    .map(({ name, content }) => `${createHash('sha256').update(content).digest('hex')}  ${name}`)
  assert.deepEqual(sums, found)
}

for (const who of PEOPLE) {
  journey(`Living with the mailbox: ${who.title} [P8]`, async (step, t) => {
    const demo = await startDemo()
    t.after(() => demo.stop())
    const person = await arrive(browser, who)
    t.after(() => person.leave())
    const { page, say, go, press, follow, field, turnTo, look, expectHeading, expectText, expectProblem } = person
    await activate(demo, person)

    await step('messages are found by name and subject [J9]', async () => {
      const tagged = message({ subject: 'Ihr Beitrag 2027', headers: ['X-Siegelpost-Class: special'], text: 'Er bleibt gleich.\n' })
      await send(demo.smtp, { from: EMPLOYEE, to: CUSTOMER, message: tagged })
      await mailTo(demo, CUSTOMER, (mail) => mail.headers.subject.includes('Beitrag 2027'))
      await turnTo('nav-inbox')
      assert.equal(await page.locator('.row').count(), 2)
      await field('search-label').fill('beitrag')
      await press('search-button')
      assert.deepEqual(await page.locator('.row-what').allInnerTexts(), ['Ihr Beitrag 2027'])
      await look('search')
      await field('search-label').fill('Zaubertrank')
      await press('search-button')
      await expectText('search-empty')
      await look('search-empty')
      await follow('search-all')
      assert.equal(await page.locator('.row').count(), 2)
    })

    await step('all messages are saved in one file [J12]', async () => {
      await turnTo('nav-settings')
      await follow('archive-title')
      await expectHeading('archive-title')
      await look('archive')
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: say('archive-button') }).click()])
      assert.match(download.suggestedFilename(), /^Alpenblick Versicherung \d{4}-\d\d-\d\d\.zip$/)
      const files = unzip(await readFile(await download.path()))
      assert.deepEqual(files.filter((file) => /\.(pdf|eml)$/.test(file.name)).length, 4)
      const saved = files.find((file) => file.name.endsWith('Ihr Beitrag 2027.eml'))
      assert.match(parse(saved.content).text, /^Er bleibt gleich\./)
      assertSums(files)
      await expectHeading('archive-running-title')
      const on = page.frameLocator('iframe.progress').getByRole('link', { name: say('archive-on') })
      await on.waitFor()
      await look('archive-running')
      await go(on)
      await expectHeading('archive-complete-title')
      await look('archive-complete')
      await turnTo('nav-inbox')
      await readIndex(files.find((file) => file.name === 'index.html').content)
    })

    await step('a new message says what is missing, and goes to a department [J10]', async () => {
      await turnTo('nav-write')
      await expectHeading('write-title')
      await look('write')
      await press('write-send')
      await expectText('problem-summary')
      await look('write-missing')
      await field('write-to').selectOption({ label: say('write-other') })
      await field('write-typed').fill('fremd@anderswo.example')
      await field('fact-subject').fill('Neue Anschrift')
      await field('write-text').fill('Ich bin umgezogen.')
      await press('write-send')
      await expectProblem('typed', 'problem-recipient-unknown', { organisation: 'Alpenblick Versicherung' })
      assert.equal(await field('fact-subject').inputValue(), 'Neue Anschrift')
      await look('write-elsewhere')
      await field('write-to').selectOption({ label: 'Kundenservice' })
      await press('write-send')
      await expectHeading('sent-title')
      const mail = await mailTo(demo, 'service@alpenblick.example')
      assert.match(mail.headers.subject, /Neue Anschrift/)
      assert.match(mail.text, /Ich bin umgezogen\./)
    })

    await step('what was typed when the session was over is kept [J10, J15]', async () => {
      await turnTo('nav-inbox')
      await turnTo('nav-write')
      await field('fact-subject').fill('Frage zum Beitrag')
      await field('write-text').fill('Warum „bleibt“ er gleich?\n<b>Bitte</b> antworten Sie.')
      await page.context().clearCookies({ name: 'session' })
      await press('write-send')
      await expectHeading('sign-in-title')
      await expectText('sign-in-lead-over')
      await look('session-over')
      await signIn(person, PASSWORD, CUSTOMER)
      await expectText('flash-draft-saved')
      assert.equal(await field('fact-subject').inputValue(), 'Frage zum Beitrag')
      assert.match(await field('write-text').inputValue(), /^Warum „bleibt“ er gleich\?\r?\n<b>Bitte<\/b> antworten Sie\.$/)
      await look('draft-kept')
      await follow('write-discard')
      await look('draft-delete')
      await press('delete-button')
      await expectText('flash-draft-deleted')
    })

    await step('the password is changed; the old one and other devices are out [J15]', async () => {
      const second = await arrive(browser, who)
      await second.page.goto(demo.portal)
      await signIn(second, PASSWORD, CUSTOMER)
      await second.expectHeading('nav-inbox')
      await turnTo('nav-settings')
      await look('settings')
      await follow('password')
      await look('settings-password')
      await field('password-current').fill('Das war es nicht mehr')
      await field('password-new').fill(NEW_PASSWORD)
      await field('password-again').fill(NEW_PASSWORD)
      await press('password-change-button')
      await expectProblem('current', 'problem-current-password-wrong')
      await look('settings-password-wrong')
      await field('password-current').fill(PASSWORD)
      await field('password-new').fill(NEW_PASSWORD)
      await field('password-again').fill(NEW_PASSWORD)
      await press('password-change-button')
      await expectText('flash-password-changed')
      await mailTo(demo, CUSTOMER, (mail) => mail.headers.subject.includes(say('security-password-subject')))
      await second.page.reload()
      await second.expectHeading('sign-in-title')
      await signIn(second, PASSWORD, CUSTOMER)
      await second.expectText('problem-sign-in-refused')
      await second.leave()
    })

    await step('the security question is changed [J15]', async () => {
      await follow('settings-question')
      await look('settings-question')
      await field('question-own').check()
      await field('question-own-label').fill('Wie hieß mein Segelboot?')
      await field('answer-label').fill('Lachmöwe')
      await field('password-current').fill(NEW_PASSWORD)
      await press('save')
      await expectText('flash-question-changed')
      assert.match(await page.locator('main').innerText(), /Wie hieß mein Segelboot\?/)
      assert.doesNotMatch(await page.content(), new RegExp(`Lachmöwe|${ANSWER}`))
    })

    await step('the language is changed, for pages and for notices [J15]', async () => {
      const there = who.language === 'de' ? ['English', 'Inbox', 'Language'] : ['Deutsch', 'Eingang', 'Sprache']
      const back = who.language === 'de' ? ['Deutsch', 'Save'] : ['English', 'Speichern']
      await follow('settings-language')
      await look('settings-language')
      await page.getByLabel(there[0], { exact: true }).check()
      await press('save')
      assert.ok((await page.locator('nav').first().innerText()).includes(there[1]))
      await go(page.getByRole('link', { name: there[2] }))
      await page.getByLabel(back[0], { exact: true }).check()
      await go(page.getByRole('button', { name: back[1] }))
      await expectText('flash-language-changed')
    })

    await step('devices are listed, signed out one by one and all together [J15]', async () => {
      const [second, third] = [await arrive(browser, who), await arrive(browser, who)]
      for (const { page: tab, ...rest } of [second, third]) {
        await tab.goto(demo.portal)
        await signIn(rest, NEW_PASSWORD, CUSTOMER)
        await rest.expectHeading('nav-inbox')
      }
      await turnTo('nav-settings')
      await follow('settings-sessions')
      await expectText('session-this')
      await look('settings-sessions')
      await go(page.getByRole('button', { name: new RegExp(`^${say('session-end')} ?:`) }).first())
      await expectText('flash-session-ended')
      await press('sessions-all')
      await expectText('signed-out-everywhere')
      await look('signed-out-everywhere')
      for (const { page: tab, expectHeading: expect, leave } of [second, third]) {
        await tab.reload()
        await expect('sign-in-title')
        await leave()
      }
      await follow('signed-out-again')
      await signIn(person, NEW_PASSWORD, CUSTOMER)
      await expectHeading('nav-inbox')
    })

    await step('a message is deleted only when confirmed, and its page says so afterwards [J13]', async () => {
      await go(page.locator('.row a', { hasText: 'Beitrag 2027' }))
      const address = page.url()
      await follow('message-delete')
      await expectHeading('message-delete-title')
      await look('message-delete')
      await follow('delete-keep')
      assert.equal(page.url(), address)
      await follow('message-delete')
      await press('delete-button')
      await expectText('flash-message-deleted')
      assert.equal(await page.locator('.row').count(), 1)
      await look('inbox-after-delete')
      await page.goto(address)
      await expectHeading('gone-title')
      await expectText('gone-final')
      await look('message-gone')
      await page.goto(`${demo.portal}/messages/${'a'.repeat(26)}`)
      await expectHeading('gone-title')
      await look('message-unknown')
    })

    await step('an empty mailbox looks finished too', async () => {
      await turnToInbox()
      await go(page.locator('.row a'))
      await follow('message-delete')
      await press('delete-button')
      await expectText('inbox-empty')
      await look('inbox-empty')
    })

    await step('help and the legal pages are there for all, signed in or not [J16]', async () => {
      const pages = { help: 'nav-help', accessibility: 'footer-accessibility', privacy: 'footer-privacy', imprint: 'footer-imprint' }
      const stranger = await arrive(browser, who)
      for (const visitor of [person, stranger]) {
        await visitor.page.goto(visitor === person ? `${demo.portal}/` : `${demo.portal}/sign-in`)
        for (const [name, key] of Object.entries(pages)) {
          await visitor.go(visitor.page.getByRole('contentinfo').getByRole('link', { name: say(key) }))
          await visitor.expectHeading(key)
          await visitor.look(visitor === person ? name : `${name}-outside`)
        }
      }
      await stranger.follow('nav-help')
      await stranger.page.getByText(say('help-kept-q')).click()
      await stranger.expectText('help-kept-a')
      await stranger.leave()
    })

    await step('the mailbox is deleted only when that is meant, and its owner is told [J13, J15]', async () => {
      await page.goto(`${demo.portal}/settings`)
      await follow('settings-delete')
      await look('settings-delete')
      await field('password-current').fill(NEW_PASSWORD)
      await press('mailbox-delete-button')
      await expectProblem('sure', 'problem-confirmation-missing')
      await look('settings-delete-unsure')
      await page.locator('#sure').check()
      await field('password-current').fill(NEW_PASSWORD)
      await press('mailbox-delete-button')
      await expectHeading('mailbox-deleted-title')
      await look('mailbox-deleted')
      await mailTo(demo, CUSTOMER, (mail) => mail.headers.subject.includes(say('security-deleted-subject')))
      await page.goto(demo.portal)
      await signIn(person, NEW_PASSWORD, CUSTOMER)
      await expectText('problem-sign-in-refused')
    })

    /** The list in the file, opened like a file: it needs no script, fits every screen and can be read by everybody. */
    async function readIndex(content) {
      for (const viewport of [{ width: 320, height: 640 }, who.viewport]) {
        const list = await open(browser, { locale: who.language, viewport })
        await list.setContent(content.toString())
        assert.equal(await list.getByRole('heading', { level: 1 }).textContent(), say('archive-index-title', { address: CUSTOMER }))
        assert.equal(await list.getByRole('link', { name: 'Ihr Beitrag 2027' }).count(), 2)
        assert.deepEqual(await accessibilityFaults(list), [], 'index.html')
        assert.equal(await isTooWide(list), false, 'index.html')
        await picture(list, `${who.name}-index-${viewport.width}`)
        await close(list)
      }
    }

    async function turnToInbox() {
      await page.goto(demo.portal)
      await expectHeading('nav-inbox')
    }
  })
}
