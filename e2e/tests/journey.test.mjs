// The main job as a customer does it: the notice, three steps, reading, answering, the next notice, signing out.

import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { isTooWide, launch, open, picture, accessibilityFaults } from '../lib/browser.mjs'
import { ANSWER, CUSTOMER, EMPLOYEE, PASSWORD, linkIn, message, signIn } from '../lib/customer.mjs'
import { startDemo, until } from '../lib/demo.mjs'
import { parse } from '../lib/mail.mjs'
import { mailTo, outbox } from '../lib/outbox.mjs'
import { PEOPLE, arrive, journey } from '../lib/person.mjs'
import { send } from '../lib/smtp.mjs'
import { unzip } from '../lib/zip.mjs'

/** How often mail scanners open a link before the person does. */
const SCANS = 20
const MAIL_BYTES_MAX = 20_000
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const LARGE = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * 7919) % 251))
const SMALL = Buffer.from('Rechnung Nr. 4711\n')

let browser
before(async () => { browser = await launch() })
after(() => browser.close())

for (const who of PEOPLE) {
  journey(`From the notice to the answer: ${who.title} [P8]`, async (step, t) => {
    const demo = await startDemo()
    t.after(() => demo.stop())
    const person = await arrive(browser, who)
    t.after(() => person.leave())
    const { page, go, press, follow, field, turnTo, look, expectHeading, expectText, expectProblem } = person
    let notice, link, original

    await step('the notice says who wrote, what happens next and until when [J1, J2]', async () => {
      notice = await mailTo(demo, CUSTOMER)
      assert.equal(notice.headers.subject, '[Alpenblick] Vertrauliche Nachricht von Jonas Lindner für Sie')
      assert.equal(notice.headers['auto-submitted'], 'auto-generated')
      assert.match(notice.envelope.mail_from, /^b\+[a-z2-7]+@alpenblick\.example$/)
      for (const wanted of [/^Jonas Lindner hat Ihnen/, /Jonas Lindner <leistung@alpenblick\.example>/, /Physiotherapie/, /vertraulich\s+gekennzeichnet/, /1\. Öffnen Sie den Link/, /wartet bis zum/, demo.http]) {
        assert.ok(wanted instanceof RegExp ? wanted.test(notice.text) : notice.text.includes(wanted), `${wanted}`)
      }
      link = linkIn(notice)
      await lookAtMail(who, notice, 'notice-first')
      await page.goto(`http://${demo.outbox}/`)
      await look('outbox')
      await go(page.getByRole('link', { name: /Vertrauliche Nachricht/ }))
      await look('outbox-mail')
    })

    await step('scanners that open the link spend nothing [J3]', async () => {
      for (let scan = 0; scan < SCANS; scan += 1) {
        const opened = await fetch(link, { redirect: 'manual', method: scan % 2 ? 'HEAD' : 'GET' })
        assert.equal(opened.headers.get('location'), '/activation')
        const cookie = opened.headers.getSetCookie().find((line) => line.startsWith('activation=')).split(';')[0]
        assert.equal((await fetch(`${demo.portal}/activation`, { headers: { cookie } })).status, 200)
      }
    })

    await step('the link leads to a page that explains itself [J3]', async () => {
      await page.goto(link)
      assert.equal(new URL(page.url()).pathname, '/activation', 'the secret stays out of the address bar')
      await expectHeading('landing-title')
      await look('landing')
      await page.getByText(person.say('genuine-title')).click()
      await look('landing-genuine')
      await follow('landing-button')
    })

    await step('step 1: what is wrong with a password is said beside it [J3]', async () => {
      await expectHeading('password-step-title')
      await expectText('step', { step: 1 })
      assert.equal(await page.locator('.given').innerText(), CUSTOMER)
      assert.equal(await page.locator('input[autocomplete=username]').inputValue(), CUSTOMER, 'for password managers')
      await look('step-1')
      await field('password-new').fill('kurz')
      await field('password-again').fill('kurz')
      await press('next')
      assert.match(await page.locator('#password-problem').innerText(), /11|12|15/)
      await look('step-1-short')
      await field('password-new').fill(PASSWORD)
      await field('password-again').fill(`${PASSWORD}!`)
      await press('next')
      await expectProblem('again', 'problem-passwords-differ')
      await look('step-1-differ')
      await field('password-new').fill(PASSWORD)
      await field('password-again').fill(PASSWORD)
      await press('next')
    })

    await step('step 2 keeps what was typed; back and forth breaks nothing [J3]', async () => {
      await expectHeading('question-step-title')
      await look('step-2')
      await page.goBack()
      await expectHeading('password-step-title')
      await page.goForward()
      await expectHeading('question-step-title')
      await field('question-own').check()
      await field('question-own-label').fill('Wer fuhr das grüne Rad?')
      await press('next')
      await expectProblem('answer', 'problem-answer-missing')
      assert.equal(await field('question-own-label').inputValue(), 'Wer fuhr das grüne Rad?')
      await look('step-2-missing')
      await follow('back')
      await expectText('password-step-chosen')
      await look('step-1-again')
      await press('next')
      await expectHeading('question-step-title')
    })

    await step('who leaves comes back by the link and goes on [J3]', async () => {
      await page.goto('about:blank')
      await page.goto(link)
      await follow('landing-button')
      await press('next')
      await field('question-work').check()
      await field('answer-label').fill(ANSWER)
      await press('next')
      await expectHeading('finish-title')
      await expectText('question-work')
      await look('step-3')
    })

    await step('finishing ends signed in, in the mailbox, with the message [J3, J14]', async () => {
      await press('finish-button')
      await expectHeading('nav-inbox')
      await expectText('flash-activated')
      assert.equal(await page.locator('.row.unread').count(), 1)
      await expectText('row-unread')
      await look('inbox')
    })

    await step('the ordinary address is told of it, in the language just chosen [J3]', async () => {
      const told = await mailTo(demo, CUSTOMER, (mail) => mail.headers.subject.includes(person.say('security-activated-subject')))
      assert.ok(!told.text.includes('/activate/'))
      await lookAtMail(who, told, 'security-activated')
    })

    await step('a used link says so and leads to sign-in [J8]', async () => {
      const late = await arrive(browser, who)
      await late.page.goto(link)
      await late.expectText('sign-in-lead-active')
      assert.equal(await late.field('sign-in-address').inputValue(), CUSTOMER)
      await late.look('link-used')
      await late.leave()
    })

    await step('the message is shown safely, as it was meant and as text [J9]', async () => {
      await go(page.locator('.row a'))
      assert.match(await person.heading(), /Physiotherapie – gute Nachrichten/)
      const picture = page.frameLocator('iframe.frame').locator('img').first()
      await until(() => picture.evaluate((image) => image.complete && image.naturalWidth > 0))
      assert.match(await picture.getAttribute('src'), /^data:image\/png/)
      await look('message')
      await follow('view-text')
      await expectText('attachment-download')
      assert.equal(await page.locator('iframe').count(), 0)
      await look('message-text')
    })

    await step('it is saved byte for byte, printed, and its attachment is whole [J9, J12]', async () => {
      await follow('message-save')
      await look('export')
      const eml = await person.download(page.getByRole('link', { name: person.say('export-eml') }))
      assert.match(eml.name, /\.eml$/)
      original = parse(eml.content)
      const pdf = await person.download(page.getByRole('link', { name: person.say('export-pdf') }))
      assert.match(pdf.name, /\.pdf$/)
      assert.equal(pdf.content.subarray(0, 8).toString(), '%PDF-1.7')
      assert.ok(pdf.content.includes(eml.content), 'the original is inside')
      const msg = await person.download(page.getByRole('link', { name: person.say('export-msg') }))
      assert.match(msg.name, /\.msg$/)
      assert.equal(msg.content.subarray(0, 8).toString('hex'), 'd0cf11e0a1b11ae1', 'a compound file')
      assert.match(original.headers['message-id'], /@AM9PR04MB8765\.alpenblick\.example>$/)
      await follow('back-to-message')
      await follow('message-print')
      await look('print')
      await follow('print-back')
      const saved = await person.download(page.locator('.files a').first())
      const attached = original.attachments.find((file) => file.type === 'application/pdf')
      assert.match(saved.name, /^Leistungsabrechnung Physiotherapie München\.pdf$/)
      assert.deepEqual(saved.content, attached.content)
    })

    await step('an answer with files is kept as a draft until it is right [J10]', async () => {
      await press('message-reply')
      await expectHeading('write-title-reply')
      await look('reply')
      await field('write-text').fill('Guten Tag Herr Lindner,\nvielen Dank! Anbei die Rechnung.\nGrüße, Erika Beispiel')
      await field('write-files').setInputFiles([
        { name: 'Röntgenbild groß.bin', mimeType: 'application/octet-stream', buffer: LARGE },
        { name: 'falsch.txt', mimeType: 'text/plain', buffer: Buffer.from('falsch') },
      ])
      await press('write-attach')
      assert.equal(await page.locator('.files li').count(), 2)
      await look('reply-files')
      await go(page.locator('.files li', { hasText: 'falsch.txt' }).getByRole('button'))
      assert.equal(await page.locator('.files li').count(), 1)
      await field('write-files').setInputFiles([{ name: 'Rechnung.txt', mimeType: 'text/plain', buffer: SMALL }])
      await press('write-save')
      await expectText('flash-draft-saved')
      assert.equal(await page.locator('.files li').count(), 2)
      await turnTo('nav-drafts')
      await look('drafts')
      await go(page.locator('.row a'))
      assert.match(await field('write-text').inputValue(), /^Guten Tag Herr Lindner,\r?\nvielen Dank!/)
    })

    await step('it is sent, and lies in the folder of what was sent [J11]', async () => {
      await press('write-send')
      await expectHeading('sent-title')
      await look('sent-confirmation')
      await until(async () => {
        await turnTo('nav-sent')
        return await page.getByText(person.say('sent-delivered')).count()
      })
      await look('sent')
      await go(page.locator('.row a'))
      await expectText('fact-progress')
      assert.ok((await page.locator('.facts').innerText()).includes(CUSTOMER), 'from the address that people know')
      assert.ok(!(await page.locator('.facts').innerText()).includes('r+'))
      assert.equal(await page.locator('.files li').count(), 2)
      await look('sent-message')
      const zip = await person.download(page.getByRole('link', { name: person.say('attachments-zip') }))
      assert.deepEqual(unzip(zip.content).map((file) => [file.name, file.content.length]), [['Röntgenbild groß.bin', LARGE.length], ['Rechnung.txt', SMALL.length]])
      await turnTo('nav-drafts')
      await expectText('drafts-empty')
      await look('drafts-empty')
    })

    let answer
    await step('the organisation gets ordinary mail in its thread [J10]', async () => {
      answer = await mailTo(demo, EMPLOYEE)
      assert.equal(answer.headers['in-reply-to'], original.headers['message-id'])
      assert.ok(answer.headers.references.includes(original.headers['message-id']))
      assert.match(answer.headers['reply-to'], /erika\.beispiel@kundin\.example/)
      assert.match(answer.headers.from, /@alpenblick\.example>$/)
      assert.match(answer.headers.subject, /^(Re|AW): Ihre Kostenerstattung/)
      assert.match(answer.text, /vielen Dank! Anbei die Rechnung/)
      const files = answer.attachments
      assert.deepEqual(files.map((file) => file.fileName), ['Röntgenbild groß.bin', 'Rechnung.txt'])
      assert.deepEqual(files.map((file) => file.content), [LARGE, SMALL])
    })

    let sent
    await step('its answer is confidential again, by the thread alone [J4, J10]', async () => {
      sent = message({
        subject: 'AW: Rückfrage zur Rechnung',
        headers: ['Message-ID: <answer@alpenblick.example>', `In-Reply-To: ${answer.headers['message-id']}`],
        text: 'Guten Tag Frau Beispiel,\n\nes ist alles da.\n',
        html: '<p>Guten Tag Frau Beispiel,</p><p>es ist <b>alles</b> da. <img src="cid:p" alt="Punkt"><img src="http://tracker.example/p.png"></p><script>alert(1)</script>',
        images: [{ id: 'p', content: PIXEL }],
        files: [{ name: 'Bestätigung.pdf', type: 'application/pdf', content: '%PDF-1.4\n' }, { name: 'Kopie.bin', type: 'application/octet-stream', content: LARGE }],
      })
      await send(demo.smtp, { from: EMPLOYEE, to: CUSTOMER, message: sent })
      const later = await mailTo(demo, CUSTOMER, (mail) => /\/notices\//.test(mail.text))
      assert.equal(later.headers.subject, '[Alpenblick] AW: Rückfrage zur Rechnung')
      assert.ok(!later.raw.includes('alles da'), 'no content in a notice')
      assert.ok(later.text.replace(/\s+/g, ' ').startsWith(person.say('notice-later-lead', { sender: 'Jonas Lindner' })), 'in the language that was chosen')
      link = linkIn(later)
      await lookAtMail(who, later, 'notice-later')
      await page.goto(link)
      assert.equal(await person.heading(), 'AW: Rückfrage zur Rechnung', 'signed in, the link goes straight to the message')
    })

    await step('its link asks a new browser to sign in, then shows the message [J4, J5]', async () => {
      const other = await arrive(browser, who)
      await other.page.goto(link)
      await other.expectText('sign-in-lead-message', { organisation: 'Alpenblick Versicherung' })
      assert.equal(await other.field('sign-in-address').inputValue(), CUSTOMER)
      await other.look('sign-in')
      await other.press('sign-in-button')
      await other.expectProblem('password', 'problem-password-missing')
      await signIn(other, 'Drei Möwen stricken nachts')
      await other.expectText('problem-sign-in-refused')
      assert.equal(await other.field('sign-in-address').inputValue(), CUSTOMER)
      await other.look('sign-in-refused')
      await signIn(other)
      assert.equal(await other.heading(), 'AW: Rückfrage zur Rechnung')
      await other.leave()
    })

    await step('nothing of it is fetched from elsewhere; what was sent comes back byte for byte [J9, J12]', async () => {
      const text = page.frameLocator('iframe.frame').locator('body')
      assert.match(await text.innerText(), /es ist alles da/)
      assert.equal(await page.frameLocator('iframe.frame').locator('script').count(), 0)
      await look('message-blocked')
      const zip = await person.download(page.getByRole('link', { name: person.say('attachments-zip') }))
      assert.deepEqual(unzip(zip.content).map((file) => [file.name, file.content]), [['Bestätigung.pdf', Buffer.from('%PDF-1.4\n')], ['Kopie.bin', LARGE]])
      await follow('message-save')
      const eml = await person.download(page.getByRole('link', { name: person.say('export-eml') }))
      assert.ok(eml.content.equals(sent), 'the exact bytes')
    })

    await step('signing out ends the session on the server too [J5]', async () => {
      const [session] = (await page.context().cookies()).filter((cookie) => cookie.name === 'session')
      const headers = { cookie: `session=${session.value}` }
      assert.equal((await fetch(`${demo.portal}/`, { headers, redirect: 'manual' })).status, 200)
      await press('nav-sign-out')
      await expectHeading('signed-out-title')
      await look('signed-out')
      const after = await fetch(`${demo.portal}/`, { headers, redirect: 'manual' })
      assert.match(after.headers.get('location'), /^\/sign-in/)
      await page.goBack()
      assert.match(page.url(), /sign-in/, 'the back button shows nothing of the mailbox')
    })

    await step('nothing else has left', async () => {
      const subjects = (await outbox(demo)).map((mail) => mail.headers.subject)
      assert.equal(subjects.length, 4, subjects.join('\n'))
    })
  })
}

/** The formatted part of a mail as a phone shows it. */
async function lookAtMail(who, mail, name) {
  assert.ok(Buffer.byteLength(mail.html) < MAIL_BYTES_MAX, `${name}: ${mail.html.length} bytes`)
  assert.doesNotMatch(mail.html, /<img|url\(|<script|<link/i)
  for (const colorScheme of ['light', 'dark']) {
    const tab = await open(browser, { viewport: { width: 320, height: 640 }, colorScheme })
    await tab.setContent(mail.html)
    assert.equal(await isTooWide(tab), false, `${name} is too wide`)
    assert.deepEqual(await accessibilityFaults(tab), [], name)
    await picture(tab, `${who.name}-mail-${name}-${colorScheme}`)
    await tab.context().close()
  }
}
