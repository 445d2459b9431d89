// The mail tools write and read mail as the standards say.

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { links, parse } from '../lib/mail.mjs'
import { dotted, send } from '../lib/smtp.mjs'

const mail = Buffer.from([
  'Subject: =?utf-8?Q?Ihre_Gr=C3=B6=C3=9Fe?=', ' =?utf-8?B?LCBuZXU=?=', 'MIME-Version: 1.0',
  'Content-Type: multipart/mixed;', ' boundary="b"', '', 'preamble',
  '--b', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable', '',
  'Gr=C3=BC=', '=C3=9Fe: https://portal.example/a?b=3Dc', '',
  '--b', 'Content-Type: application/pdf', "Content-Disposition: attachment; filename*=utf-8''%C3%84.pdf",
  'Content-Transfer-Encoding: base64', '', 'JVBERg==', '--b--', '',
].join('\r\n'))

test('a mail with umlauts and an attachment is read', () => {
  const { headers, text, attachments } = parse(mail)
  assert.equal(headers.subject, 'Ihre Größe, neu')
  assert.equal(text.trim(), 'Grüße: https://portal.example/a?b=c')
  assert.deepEqual(links(text), ['https://portal.example/a?b=c'])
  assert.equal(attachments[0].fileName, 'Ä.pdf')
  assert.equal(attachments[0].content.toString(), '%PDF')
})

test('content goes out with CRLF, doubled dots and one line end', () => {
  assert.equal(dotted('a\n.b\r\n\n..').toString(), 'a\r\n..b\r\n\r\n...\r\n')
  assert.equal(dotted(Buffer.from('ü\n')).toString(), 'ü\r\n')
})

/** A server that answers each line by `answer(line)`, and keeps what it heard. */
async function listen(answer) {
  const heard = []
  const server = createServer((socket) => {
    socket.write('220-hello\r\n220 there\r\n')
    let waiting = ''
    socket.on('data', (bytes) => {
      waiting += bytes
      for (let end; (end = waiting.indexOf('\r\n')) >= 0; waiting = waiting.slice(end + 2)) {
        heard.push(waiting.slice(0, end))
        const reply = answer(heard.at(-1))
        if (reply) socket.write(`${reply}\r\n`)
      }
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { heard, server, address: `127.0.0.1:${server.address().port}` }
}

test('a message is handed over to a server', async () => {
  const { heard, server, address } = await listen((line) =>
    line === 'DATA' ? '354 go' : line === '.' ? '250 2.0.0 kept' : /^(EHLO|MAIL|RCPT|QUIT)/.test(line) ? '250-ok\r\n250 ok' : null)
  assert.equal(await send(address, { from: 'a@b.example', to: ['c@d.example', 'e@f.example'], message: 'S: x\n\nhi' }), '250 2.0.0 kept')
  assert.deepEqual(heard, ['EHLO e2e.localhost', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'RCPT TO:<e@f.example>',
    'DATA', 'S: x', '', 'hi', '.', 'QUIT'])
  server.close()
})

test('a refusal is an error that shows the reply', async () => {
  const { server, address } = await listen((line) => (line.startsWith('RCPT') ? '550 5.1.1 no channel' : '250 ok'))
  await assert.rejects(send(address, { from: 'a@b.example', to: 'c@d.example', message: 'x' }), /RCPT TO:<c@d.example>: 550 5\.1\.1 no channel/)
  server.close()
})
