// Compares .msg files with what we say of the mails they were made of, by msgreader, a reader that shares no code with ours.
//
// Usage: node msg_check.mjs FOLDER
//
// Every FOLDER/**/NAME.msg has a NAME.json beside it (see the example `msgs` of the crate `mime`).

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import msgreader from "@kenjiuno/msgreader";

const MsgReader = msgreader.default;
const SHOWN_MAX = 20;

/** What this reader has no field of its own for, by the tag of the property. */
const RAW = {
  fromName: "0042001f",
  inReplyTo: "1042001f",
  references: "1039001f",
  html: "10130102",
  sensitivity: "00360003",
};
const SENSITIVITY = { personal: 1, private: 2, confidential: 3, "company-confidential": 3 };

/** HTML with characters for numeric references and escapes of style sheets beyond ASCII: the writer makes ASCII of it. */
function characters(html) {
  return html.replace(/&#([0-9]{3,7});|\\([0-9A-F]{2,6}) /g, (all, decimal, hexadecimal) => {
    const code = decimal ? Number(decimal) : parseInt(hexadecimal, 16);
    return code >= 128 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : all;
  });
}

/** What we say, in the shape of `read`. */
function expected(said, depth = 0) {
  const { importance, ...fields } = said; // Left to extract-msg.
  fields.html = said.html === null ? null : characters(said.html.replaceAll("\0", ""));
  fields.headers = said.headers.replaceAll("\0", "") || null;
  fields.sensitivity = SENSITIVITY[said.sensitivity] ?? 0;
  if (depth > 0) {
    // Of a message within a message it reads the property stream as that of a recipient (8 bytes in front instead of 24).
    delete fields.date;
    delete fields.sensitivity;
  }
  fields.files = said.files.map((file) =>
    file.message ? { ...file, message: expected(file.message, depth + 1) } : file,
  );
  return fields;
}

function attachment(reader, found, depth) {
  const one = { name: found.fileName, media_type: found.attachMimeTag };
  if (found.innerMsgContent) {
    return { ...one, message: read(reader, found.innerMsgContentFields, depth + 1) };
  }
  const { content } = reader.getAttachment(found);
  const file = { ...one, size: content.length, sha256: createHash("sha256").update(content).digest("hex") };
  return found.attachmentHidden ? { ...file, content_id: found.pidContentId ?? null } : file;
}

/** What the reader says. */
function read(reader, found, depth = 0) {
  const raw = Object.fromEntries(
    Object.entries(RAW).map(([name, tag]) => [name, found.rawProps.find((raw) => raw.propertyTag === tag)?.value ?? null]),
  );
  const people = (kind) =>
    found.recipients.filter((who) => who.recipType === kind).map((who) => ({ name: who.name, address: who.smtpAddress }));
  const fields = {
    subject: found.subject,
    from: { name: raw.fromName, address: found.sentRepresentingSmtpAddress },
    sender: { name: found.senderName, address: found.senderSmtpAddress },
    to: people("to"),
    cc: people("cc"),
    bcc: people("bcc"),
    date: found.clientSubmitTime ? new Date(found.clientSubmitTime).toISOString().replace(".000Z", "Z") : null,
    message_id: found.messageId ?? null,
    in_reply_to: raw.inReplyTo,
    references: raw.references,
    sensitivity: raw.sensitivity,
    headers: found.headers ?? null,
    text: found.body,
    html: raw.html && characters(Buffer.from(raw.html).toString("ascii")),
    files: found.attachments.filter((one) => !one.attachmentHidden).map((one) => attachment(reader, one, depth)),
    shown: found.attachments.filter((one) => one.attachmentHidden).map((one) => attachment(reader, one, depth)),
  };
  if (depth > 0) {
    delete fields.date;
    delete fields.sensitivity;
  }
  return fields;
}

/** Fields that differ, with both values. */
function* differences(wanted, found, path = "") {
  if (Array.isArray(wanted) && Array.isArray(found) && wanted.length === found.length) {
    for (const [row, one] of wanted.entries()) yield* differences(one, found[row], `${path}[${row}]`);
  } else if (isRecord(wanted) && isRecord(found)) {
    for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
      yield* differences(wanted[key], found[key], path ? `${path}.${key}` : key);
    }
  } else if (wanted !== found) {
    yield `${path}: mail ${shown(wanted)}, reader ${shown(found)}`;
  }
}

const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function shown(value) {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 300 ? text : `${text.slice(0, 300)}... (${text.length} characters)`;
}

function* filesIn(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (path.endsWith(".msg")) yield path;
  }
}

function check(file) {
  try {
    const said = JSON.parse(readFileSync(file.replace(/msg$/, "json"), "utf8"));
    // A buffer of its own: small files share one with others, which the reader would read from its beginning.
    const reader = new MsgReader(new Uint8Array(readFileSync(file)).buffer);
    reader.parserConfig = { includeRawProps: true };
    const found = reader.getFileData();
    if (found.error) return [`${file}: ${found.error}`];
    return [...differences(expected(said), read(reader, found))].map((difference) => `${file}: ${difference}`);
  } catch (error) {
    return [`${file}: ${error.stack}`];
  }
}

const files = [...filesIn(process.argv[2])];
const failed = files.flatMap(check);
for (const line of failed.slice(0, SHOWN_MAX)) console.log(line);
console.log(`msg, msgreader: ${files.length} files, ${failed.length} differences`);
process.exitCode = failed.length > 0 || files.length === 0 ? 1 : 0;
