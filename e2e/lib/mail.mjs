// Reads mail that Siegelpost wrote: enough of MIME to find a header, a text, an attachment or a link, and no more.

/** Parses the bytes of a mail: `headers` (lower-case name to decoded value), `text`, `html`, `attachments`, `raw`. */
export function parse(raw) {
  const leaves = leavesOf(raw.toString('latin1'))
  const first = (type) => leaves.find((leaf) => leaf.type === type && !leaf.fileName)?.content.toString('utf8')
  return {
    raw,
    headers: split(raw.toString('latin1')).headers,
    text: first('text/plain') ?? '',
    html: first('text/html') ?? '',
    attachments: leaves.filter((leaf) => leaf.fileName),
  }
}

/** The web links in a text, in order; a full stop or comma behind a link ends its sentence. */
export function links(text) {
  return (text.match(/https?:\/\/[^\s<>"]+/g) ?? []).map((link) => link.replace(/[.,]$/, ''))
}

function leavesOf(entity) {
  const { headers, body } = split(entity)
  const { value: type, parameters } = structured(headers['content-type'] ?? 'text/plain')
  if (type.startsWith('multipart/')) {
    const [, ...parts] = `\r\n${body}`.split(`\r\n--${parameters.boundary}`)
    return parts.filter((part) => !part.startsWith('--')).flatMap((part) => leavesOf(part.replace(/^[ \t]*\r\n/, '')))
  }
  const disposition = structured(headers['content-disposition'] ?? '')
  const content = decode(body, (headers['content-transfer-encoding'] ?? '').trim().toLowerCase())
  return [{ type, fileName: disposition.parameters.filename ?? parameters.name, content }]
}

function split(entity) {
  const end = entity.startsWith('\r\n') ? 0 : entity.indexOf('\r\n\r\n')
  const head = end < 0 ? entity : entity.slice(0, end)
  const headers = {}
  for (const line of head.replace(/\r\n(?=[ \t])/g, '').split('\r\n').filter(Boolean)) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] ??= decodeWords(line.slice(colon + 1).trim())
  }
  return { headers, body: end < 0 ? '' : entity.slice(end).replace(/^(\r\n){1,2}/, '') }
}

/** A header value with parameters; `name*=utf-8''…` is decoded. */
function structured(text) {
  const [value, ...rest] = text.split(';')
  const parameters = {}
  for (const [, name, star, quoted, bare] of rest.join(';').matchAll(/([\w-]+)(\*?)=(?:"([^"]*)"|([^\s;]+))/g)) {
    const raw = quoted ?? bare
    parameters[name.toLowerCase()] = star ? decodeURIComponent(raw.replace(/^[^']*'[^']*'/, '')) : raw
  }
  return { value: value.trim().toLowerCase(), parameters }
}

function decode(body, encoding) {
  if (encoding === 'base64') return Buffer.from(body, 'base64')
  if (encoding === 'quoted-printable') return quotedPrintable(body.replace(/=[ \t]*\r\n/g, ''))
  return Buffer.from(body, 'latin1')
}

function quotedPrintable(text) {
  return Buffer.from(text.replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1')
}

function decodeWords(text) {
  const word = /=\?utf-8\?([bq])\?([^?]*)\?=/gi
  return Buffer.from(text, 'latin1').toString('utf8').replace(/\?=\s+=\?/g, '?==?').replace(word, (_, encoding, content) => {
    const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : quotedPrintable(content.replace(/_/g, ' '))
    return bytes.toString('utf8')
  })
}
