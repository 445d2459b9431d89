// A small SMTP client that does exactly what it is told, so that a journey begins where a sender's mail server would.

import { connect } from 'node:net'

/**
 * Hands one message over. `message` is text or bytes with any line ends; it goes out with CRLF and doubled dots.
 * Returns the server's last reply, or throws with the command and the reply that was no success.
 */
export async function send(address, { from, to, message }) {
  const [host, port] = address.split(':')
  const socket = connect({ host, port: Number(port) })
  try {
    const replies = readReplies(socket)
    const say = async (command, expected) => {
      if (command !== null) socket.write(`${command}\r\n`)
      const { value: reply } = await replies.next()
      if (!reply?.startsWith(expected)) throw new Error(`${command ?? 'greeting'}: ${reply ?? 'the connection was closed'}`)
      return reply
    }
    await say(null, '2')
    await say('EHLO e2e.localhost', '2')
    await say(`MAIL FROM:<${from}>`, '2')
    for (const recipient of [to].flat()) await say(`RCPT TO:<${recipient}>`, '2')
    await say('DATA', '3')
    socket.write(dotted(message))
    const accepted = await say('.', '2')
    await say('QUIT', '2')
    return accepted
  } finally {
    socket.destroy()
  }
}

/** The content as it goes over the wire: CRLF line ends, a dot before a leading dot, a line end at the end. */
export function dotted(message) {
  const lines = Buffer.from(message).toString('latin1').replace(/\r?\n$/, '').split(/\r?\n/)
  return Buffer.from(lines.map((line) => (line.startsWith('.') ? `.${line}` : line)).join('\r\n') + '\r\n', 'latin1')
}

/** Whole replies, one at a time; a reply of several lines ends with the line that has no dash behind its code. */
async function* readReplies(socket) {
  let waiting = ''
  for await (const bytes of socket) {
    waiting += bytes.toString('utf8')
    for (let reply; (reply = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(waiting)); waiting = waiting.slice(reply[0].length)) {
      yield reply[0].trimEnd()
    }
  }
}
