"""Compares .msg files with what we say of the mails they were made of, by extract-msg, a reader that shares no code with ours.

Usage: msg_check.py FOLDER

Every FOLDER/**/NAME.msg has a NAME.json beside it (see the example `msgs` of the crate `mime`).
"""

import concurrent.futures
import hashlib
import json
import logging
import pathlib
import re
import sys

import extract_msg
from extract_msg.enums import AttachmentType, RecipientType

logging.disable(logging.CRITICAL)  # It says what a file does not have; what it has to have is compared below.

SHOWN_MAX = 20
SENSITIVITY = {"personal": 1, "private": 2, "confidential": 3, "company-confidential": 3}
IMPORTANCE = {"low": 0, "normal": 1, "high": 2}


def characters(html):
    """HTML with characters for numeric references and escapes of style sheets beyond ASCII: the writer makes ASCII of it."""

    def character(match):
        code = int(match[1]) if match[1] else int(match[2], 16)
        return chr(code) if 128 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]

    return re.sub(r"&#([0-9]{3,7});|\\([0-9A-F]{2,6}) ", character, html)


def expected(said):
    """What we say, in the shape of `read`."""
    said["sensitivity"] = SENSITIVITY.get(said["sensitivity"], 0)
    said["importance"] = IMPORTANCE.get(said["importance"])
    said["html"] = None if said["html"] is None else characters(said["html"].replace("\0", ""))
    said["headers"] = said["headers"].replace("\0", "") or None
    for file in said["files"]:
        if "message" in file:
            expected(file["message"])
    return said


def person(msg, name, address):
    return {"name": msg.getStringStream(f"__substg1.0_{name}"), "address": msg.getStringStream(f"__substg1.0_{address}")}


def attachment(found):
    """A file, a shown image, or a message."""
    one = {"name": found.longFilename, "media_type": found.getStringStream("__substg1.0_370E")}
    if found.type is AttachmentType.MSG:
        return one | {"message": read(found.data)}
    data = found.data or b""
    one |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return one | {"content_id": found.cid} if found.hidden else one


def read(msg):
    """What the reader says."""
    recipients = {kind: [] for kind in RecipientType}
    for who in msg.recipients:
        recipients[who.type].append({"name": who.name, "address": who.email})
    # Without a stream for HTML it makes HTML of the text.
    html = msg.htmlBody if msg.exists("__substg1.0_10130102") else None
    return {
        "subject": msg.subject,
        # Its own property `sender` reads the transport headers.
        "from": person(msg, "0042", "5D02"),
        "sender": person(msg, "0C1A", "5D01"),
        "to": recipients[RecipientType.TO],
        "cc": recipients[RecipientType.CC],
        "bcc": recipients[RecipientType.BCC],
        "date": msg.date and msg.date.isoformat().replace("+00:00", "Z"),
        "message_id": msg.getStringStream("__substg1.0_1035"),
        "in_reply_to": msg.inReplyTo,
        "references": msg.getStringStream("__substg1.0_1039"),
        "sensitivity": int(msg.sensitivity),
        "importance": int(msg.importance),
        "headers": msg.headerText,
        "text": msg.body,
        "html": None if html is None else characters(html.decode("ascii")),
        "files": [attachment(found) for found in msg.attachments if not found.hidden],
        "shown": [attachment(found) for found in msg.attachments if found.hidden],
    }


def differences(wanted, found, path=""):
    """Fields that differ, with both values."""
    if isinstance(wanted, dict) and isinstance(found, dict) and wanted.keys() == found.keys():
        for key in wanted:
            yield from differences(wanted[key], found[key], f"{path}.{key}" if path else key)
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for row, (one, other) in enumerate(zip(wanted, found)):
            yield from differences(one, other, f"{path}[{row}]")
    elif path.endswith("importance") and wanted is None:
        pass  # The mail does not say in the field that names it; others are the mapping's matter.
    elif wanted != found:
        yield f"{path}: mail {shown(wanted)}, reader {shown(found)}"


def shown(value):
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else f"{text[:300]}... ({len(text)} characters)"


def check(file):
    try:
        said = expected(json.loads(file.with_suffix(".json").read_text()))
        with extract_msg.openMsg(str(file)) as msg:
            return [f"{file}: {difference}" for difference in differences(said, read(msg))]
    except Exception as error:
        return [f"{file}: {type(error).__name__}: {error}"]


def main(folder):
    files = sorted(pathlib.Path(folder).rglob("*.msg"))
    with concurrent.futures.ProcessPoolExecutor() as pool:
        failed = [difference for found in pool.map(check, files, chunksize=20) for difference in found]
    for line in failed[:SHOWN_MAX]:
        print(line)
    print(f"msg, extract-msg: {len(files)} files, {len(failed)} differences")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
