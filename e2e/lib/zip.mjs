// Reads ZIP files that Siegelpost wrote: names and contents from the directory at the end (APPNOTE 4.3.12).

import { inflateRawSync } from 'node:zlib'

const DIRECTORY_END = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50

/** The files in the bytes of a ZIP file, in order: each `name` and `content`. */
export function unzip(bytes) {
  let end = bytes.length - 22
  while (end >= 0 && bytes.readUInt32LE(end) !== DIRECTORY_END) end -= 1
  if (end < 0) throw new Error('not a ZIP file')
  const files = []
  let at = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('broken ZIP directory')
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset))
    const name = bytes.toString('utf8', at + 46, at + 46 + nameBytes)
    files.push({ name, content: contentOf(bytes, bytes.readUInt32LE(at + 42), bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 10)) })
    at += 46 + nameBytes + extraBytes + commentBytes
  }
  return files
}

function contentOf(bytes, header, size, method) {
  const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28)
  const stored = bytes.subarray(start, start + size)
  return method === 0 ? stored : inflateRawSync(stored)
}
