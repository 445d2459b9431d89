"""Compares letters with what they were made of, by readers that share no code with ours: qpdf, poppler and zxing.

Usage: letter_check.py given FOLDER   writes PDF files for FOLDER/given, as others make them
       letter_check.py check FOLDER   reads the letters in FOLDER and what became of the given ones in FOLDER/sent

Every FOLDER/NAME.pdf has a NAME.json beside it (see the example `letters` of the crate `document`).
"""

import collections
import json
import pathlib
import re
import sys
import xml.etree.ElementTree

import zxingcpp

from pdf_check import RIGHT_TO_LEFT, is_subsequence, letters, run

POINT = 25.4 / 72
DOTS = 150
# The address field of DIN 5008 with what may be seen around it: left, width, height, and how far paper moves.
FIELD = (20, 85, 45)
SHIFT = 5
# What is darker than this on paper is seen.
PAPER = 250


def window(field_top):
    """What may be seen through the window, in millimetres: left, top, right, bottom."""
    left, width, height = FIELD
    return left - SHIFT, field_top - SHIFT, left + width + SHIFT, field_top + height + SHIFT


def words(path, page=1):
    """Words of a page with their boxes in millimetres, as poppler finds them."""
    text = run("pdftotext", "-bbox", "-f", str(page), "-l", str(page), path, "-").stdout.decode()
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
    for word in xml.etree.ElementTree.fromstring(text).iter("{http://www.w3.org/1999/xhtml}word"):
        box = [float(word.get(side)) * POINT for side in ("xMin", "yMin", "xMax", "yMax")]
        yield word.text or "", box


def raster(path, page, dots=DOTS):
    """A page in grey: width, height, rows."""
    data = run("pdftoppm", "-gray", "-r", str(dots), "-f", str(page), "-l", str(page), path).stdout
    head = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", data)
    width, height = int(head[1]), int(head[2])
    return width, height, data[head.end() :]


def meets(box, other):
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def window_differences(path, field_top, expected):
    """What stands in the window and is not expected there, by poppler's words and by the ink on the page."""
    seen, found, differences = window(field_top), [], []
    boxes = []
    for word, box in words(path):
        if meets(box, seen):
            found.append(word)
            boxes.append(box)
    if letters("".join(found)) != letters("".join(expected)) and not RIGHT_TO_LEFT.search("".join(expected)):
        differences.append(f"in the window stands {' '.join(found)!r}")
    if collections.Counter(letters("".join(found))) != collections.Counter(letters("".join(expected))):
        differences.append("in the window stands more or less than the address")
    field = (FIELD[0], field_top, FIELD[0] + FIELD[1], field_top + FIELD[2])
    if any(box[0] < field[0] or box[2] > field[2] or box[3] > field[3] + 1 for box in boxes):
        differences.append("the address is not wholly in its field")
    width, height, rows = raster(path, 1)
    scale = DOTS / 25.4
    for y in range(int(seen[1] * scale), int(seen[3] * scale)):
        for x in range(int(seen[0] * scale), int(seen[2] * scale)):
            if rows[y * width + x] < PAPER and not any(
                box[0] - 0.5 <= x / scale <= box[2] + 0.5 and box[1] - 0.5 <= y / scale <= box[3] + 0.5 for box in boxes
            ):
                differences.append(f"something is drawn {x / scale:.1f} mm from the left and {y / scale:.1f} mm from above")
                return differences
    return differences


def texts(letter):
    """All texts in the order in which they are to be read."""
    yield from [letter["return_line"], *letter["additions"], *letter["address"]]
    for field in [*letter["information"], letter["date"]]:
        yield from [field["label"], field["value"]]
    yield from [letter["subject"], letter["salutation"]]
    for block in letter["body"]:
        ((kind, content),) = block.items()
        if kind in ("Paragraph", "Heading"):
            yield content
        elif kind in ("List", "Steps"):
            yield from content
        elif kind == "Table":
            for row in content:
                yield from [row["label"], row["value"]]
        elif kind == "Code":
            yield from [content["label"], content["code"]]
    yield from [letter["closing"], letter["signature"], *letter["enclosures"]]


def qr_codes(path, pages):
    found = []
    for page in range(1, pages + 1):
        width, height, rows = raster(path, page, 300)
        image = memoryview(rows[: width * height]).cast("B", shape=[height, width])
        found += [code.text for code in zxingcpp.read_barcodes(image)]
    return found


def file_differences(path, pages):
    differences = []
    if run("qpdf", "--check", path).returncode != 0:
        differences.append("qpdf finds errors")
    info = run("pdfinfo", path).stdout.decode(errors="replace")
    for wanted in (f"Pages:           {pages}\n", "Encrypted:       no\n", "(A4)\n"):
        if wanted not in info:
            differences.append(f"pdfinfo does not say {wanted.strip()!r}")
    return differences


def letter_differences(path):
    """Differences of one letter."""
    said = json.loads(path.with_suffix(".json").read_text())
    letter, pages = said["letter"], said["pages"]
    differences = file_differences(path, pages)
    if "Tagged:          yes\n" not in run("pdfinfo", path).stdout.decode(errors="replace"):
        differences.append("it has no tags")
    data = path.read_bytes()
    for wanted in (b"<pdfaid:part>2</pdfaid:part>", b"<pdfaid:conformance>A</pdfaid:conformance>", b"<pdfuaid:part>1</pdfuaid:part>"):
        if wanted not in data:
            differences.append(f"{wanted.decode()} is missing")
    fonts = run("pdffonts", path).stdout.decode().splitlines()[2:]
    if not fonts or not all(re.search(r" yes yes yes +\d+ +\d+$", font) for font in fonts):
        differences.append("fonts are not embedded")
    expected = "".join(texts(letter))
    found = letters(run("pdftotext", "-raw", "-enc", "UTF-8", path, "-").stdout.decode(errors="replace"))
    missing = collections.Counter(letters(expected)) - collections.Counter(found)
    if missing:
        differences.append(f"letters are missing: {dict(missing.most_common(8))}")
    elif not RIGHT_TO_LEFT.search(expected) and not is_subsequence(letters(expected), found):
        differences.append("the order of the text is another one")
    field = [letter["return_line"], *letter["additions"], *letter["address"]]
    differences += window_differences(path, said["field_top"], field)
    wanted = [block["Qr"]["text"] for block in letter["body"] if "Qr" in block]
    if qr_codes(path, pages) != wanted:
        differences.append("the QR code says something else")
    return differences


def sent_differences(path, given, cover):
    """Differences of a given PDF that was sent as a letter: its pages look as they did, and the address is there."""
    count = int(re.search(r"Pages:\s+(\d+)", run("pdfinfo", given).stdout.decode())[1])
    is_covered = path.stem.endswith("-covered")
    added = 1 if is_covered else 0
    differences = file_differences(path, count + added)
    if not path.read_bytes().startswith(given.read_bytes()):
        differences.append("what was given is not as it was")
    for page in range(1, count + 1):
        if raster(path, page + added, 50) != raster(given, page, 50) and (is_covered or page > 1):
            differences.append(f"page {page} looks different")
    if is_covered and raster(path, 1, 50) != raster(cover, 1, 50):
        differences.append("the cover page looks different")
    letter = json.loads(cover.with_suffix(".json").read_text())
    field = [letter["letter"]["return_line"], *letter["letter"]["additions"], *letter["letter"]["address"]]
    return differences + window_differences(path, letter["field_top"], field)


def write_given(folder):
    """Writes PDF files in the ways in which programs write them."""
    given = folder / "given"
    given.mkdir()
    content = b"BT /F 14 Tf 70 500 Td (Police 4711) Tj 0 -40 Td /F 11 Tf (Ihre Bedingungen.) Tj ET\n1 g 0 0 595 842 re n\n"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R 5 0 R]/Count 2/MediaBox[0 0 595.28 841.89]/Resources<</Font<</F 6 0 R>>>>>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content),
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/CropBox[0 0 595 841]>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n\r\n" % place for place in places)
    data += b"xref\n0 7\n0000000000 65535 f\r\n%strailer\n<</Size 7/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (table, len(data))
    (given / "free.pdf").write_bytes(data)
    for name, source in (("free", given / "free.pdf"), ("long", folder / "long-B-De.pdf")):
        for way, option in (("packed", "--object-streams=generate"), ("linear", "--linearize")):
            run("qpdf", option, source, given / f"{name}-{way}.pdf")
    return 0


def check(folder):
    """Compares and tells."""
    found = {path: letter_differences(path) for path in sorted(folder.glob("*.pdf"))}
    cover = folder / "activation-B-De.pdf"
    sent = sorted((folder / "sent").glob("*.pdf"))
    for path in sent:
        given = folder / "given" / (re.sub("-(covered|addressed)$", "", path.stem) + ".pdf")
        found[path] = sent_differences(path, given, cover)
    for path, differences in found.items():
        if differences:
            print(f"{path}: {'; '.join(differences)}")
    different = sum(bool(differences) for differences in found.values())
    print(f"{len(found) - len(sent)} letters and {len(sent)} given PDF files sent as letters, {different} with differences")
    # Each of five is sent behind a cover, and three of them have room for an address.
    return 1 if different or len(sent) != 8 else 0


if __name__ == "__main__":
    STEPS = {"given": write_given, "check": check}
    sys.exit(STEPS[sys.argv[1]](pathlib.Path(sys.argv[2])))
