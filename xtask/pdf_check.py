"""Compares PDF files with the mails they were made of, by readers that share no code with ours: qpdf, poppler and BeautifulSoup.

Usage: pdf_check.py FOLDER

Every FOLDER/**/NAME.pdf has a NAME.json beside it (see the example `pages` of the crate `document`). All are counted; of every
tenth mail, and of all that are no corpus, the text, its order, the embedded files and the structure of the file are compared.
"""

import collections
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

from bs4 import BeautifulSoup, NavigableString

SHOWN_MAX = 20
PART = 10
# Columns that go on over a page are drawn page by page, and poppler's structure ends where pages do: for so many of a hundred it cannot tell the order.
UNTOLD_ORDER_MAX = 1
OTHER_ORDER = "the order of the text is another one"
# What is nothing to see (Unicode: default ignorable code points, controls), and what is set as another sign: private letters, non-characters.
UNSEEN = re.compile("[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ue000-\uf8ff\x00-\x1f\x7f-\x9f\U000e0000-\U0010ffff]")
HIDDEN = re.compile(r"display:\s*none|font-size:\s*[01](px|pt|em|%)?\s*(;|$)", re.I)
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def run(*command):
    return subprocess.run(command, capture_output=True, check=False)


def letters(text):
    """Letters to see, in one form. Case is left aside: styles change it."""
    return UNSEEN.sub("", unicodedata.normalize("NFKD", text)).casefold()


def visible(html):
    """The text of clean HTML, without what its writer hides. Style sheets hide too: what they might is not expected."""
    soup = BeautifulSoup(html, "html.parser")
    sheet = " ".join(style.get_text() for style in soup.find_all("style"))
    hiding = set(re.findall(r"\.([\w-]+)[^{}]*\{[^}]*(?:display:none|font-size:[01]px)", sheet))

    def is_hidden(tag):
        return bool(HIDDEN.search(tag.get("style") or "") or hiding.intersection(tag.get("class") or []))

    for style in soup.find_all("style"):
        style.decompose()
    for tag in soup.find_all(True):
        if not tag.decomposed and tag.attrs is not None and is_hidden(tag):
            tag.decompose()
    return "".join(piece for piece in soup.descendants if isinstance(piece, NavigableString)), bool(soup.find("tfoot"))


def is_subsequence(wanted, found):
    found = iter(found)
    return all(letter in found for letter in wanted)


def check(path):
    """Differences of one file."""
    said = json.loads(path.with_name(path.name[: -len(".pdf")] + ".json").read_text())
    mail, differences = said["mail"], []
    if run("qpdf", "--check", path).returncode != 0:
        differences.append("qpdf finds errors")
    info = run("pdfinfo", path).stdout.decode(errors="replace")
    for wanted in (f"Pages:           {said['pages']}\n", "Tagged:          yes\n", "PDF version:     1.7\n", "Encrypted:       no\n"):
        if wanted not in info:
            differences.append(f"pdfinfo does not say {wanted.strip()!r}")
    data = path.read_bytes()
    for wanted in (b"<pdfaid:part>3</pdfaid:part>", b"<pdfaid:conformance>A</pdfaid:conformance>", b"<pdfuaid:part>1</pdfuaid:part>"):
        if wanted not in data:
            differences.append(f"{wanted.decode()} is missing")
    is_text = said["form"] == "Text" or mail["html"] is None
    body, has_foot = (mail["text"], False) if is_text else visible(mail["html"])
    around = mail["title"] + "".join(field["label"] + field["value"] for field in mail["fields"])
    found = letters(run("pdftotext", "-raw", "-enc", "UTF-8", path, "-").stdout.decode(errors="replace"))
    missing = collections.Counter(letters(around + body)) - collections.Counter(found)
    if missing:
        differences.append(f"letters are missing: {dict(missing.most_common(8))}")
    elif not RIGHT_TO_LEFT.search(body) and not has_foot and not is_subsequence(letters(body), found):
        # Where pages part columns, what is drawn first is not what is read first: the structure says what is.
        told = run("pdfinfo", "-struct-text", path).stdout.decode(errors="replace")
        if not is_subsequence(letters(body), letters("".join(re.findall(r'^ *"(.*)"$', told, re.M)))):
            differences.append(OTHER_ORDER)
    with tempfile.TemporaryDirectory() as folder:
        run("pdfdetach", "-saveall", "-o", folder, path)
        sums = collections.Counter(hashlib.sha256(file.read_bytes()).hexdigest() for file in pathlib.Path(folder).iterdir())
    expected = collections.Counter(file["sha256"] for file in said["files"])
    if sums != expected:
        differences.append(f"embedded files: {len(expected - sums)} are not as they were")
    return differences


def main(folder):
    """Compares and tells."""
    files = sorted(pathlib.Path(folder).rglob("*.pdf"))
    files = [path for path in files if path.with_name(path.name[: -len(".pdf")] + ".json").exists()]
    part = [path for number, path in enumerate(files) if number % PART == 0 or path.parent == pathlib.Path(folder)]
    with concurrent.futures.ProcessPoolExecutor() as pool:
        results = list(pool.map(check, part, chunksize=8))
    reordered = sum(found == [OTHER_ORDER] for found in results)
    if reordered * 100 <= len(part) * UNTOLD_ORDER_MAX:
        results = [[] if found == [OTHER_ORDER] else found for found in results]
    different = [(path, found) for path, found in zip(part, results) if found]
    for path, found in different[:SHOWN_MAX]:
        print(f"{path}: {'; '.join(found)}")
    print(f"{len(files)} PDF files, {len(part)} of them read by qpdf and poppler, {reordered} in an order that these cannot tell, {len(different)} with differences")
    return 1 if different or not part else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
