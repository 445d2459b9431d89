"""Checks the signatures of `wire::dkim` with dkimpy, a verifier that shares no code with it.

Usage: dkim_check.py SIGNER

SIGNER is called as `SIGNER DOMAIN SELECTOR KEY.pem SECONDS` with a message on standard input; it prints the signed message,
and to the error output the record that the domain has to publish.
Every signature must verify, and must stop doing so when a byte of the signed part changes.
"""

import base64
import pathlib
import subprocess
import sys
import tempfile
import time

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

DOMAIN, SELECTOR = "versicherung.example", "post"
HEAD = b"From: Post <post@versicherung.example>\r\nTo: ada@kundin.example\r\nSubject: Ihre Nachricht\r\nDate: Mon, 2 Nov 2026 09:00:00 +0100\r\nMessage-ID: <1@versicherung.example>\r\n"
MESSAGES = {
    "one line": HEAD + b"\r\nGuten Tag\r\n",
    "no body": HEAD + b"\r\n",
    "empty lines at the end": HEAD + b"\r\nGuten Tag\r\n\r\n\r\n",
    "spaces at line ends": HEAD + b"\r\nGuten  Tag \t\r\n  eingezogen\r\n",
    "folded header": HEAD.replace(b"Ihre Nachricht", b"Ihre\r\n Nachricht \r\n\tvon uns") + b"\r\nGuten Tag\r\n",
    "8-bit body": HEAD + "\r\nGrüße aus Köln\r\n".encode(),
    "long body": HEAD + b"\r\n" + b"0123456789abcdef\r\n" * 20_000,
}


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def record(key):
    """The text that a domain publishes for its key."""
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        kind, form = b"rsa", (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    else:
        kind, form = b"ed25519", (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return b"v=DKIM1; k=" + kind + b"; p=" + base64.b64encode(public.public_bytes(*form))


def verifies(message, text):
    asked = f"{SELECTOR}._domainkey.{DOMAIN}."
    return dkim.verify(message, dnsfunc=lambda name, timeout=5: text if name.decode().lower() == asked else None)


def main(signer):
    keys = {
        "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
    }
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for kind, key in keys.items():
            file = pathlib.Path(folder, f"{kind}.pem")
            file.write_bytes(pem(key))
            for name, message in MESSAGES.items():
                command = [signer, DOMAIN, SELECTOR, file, str(int(time.time()))]
                done = subprocess.run(command, input=message, capture_output=True, check=True)
                signed, text = done.stdout, record(key)
                outcomes = {
                    "verifies": verifies(signed, text),
                    "verifies with the record that the signer names": verifies(signed, done.stderr.strip()),
                    "content is unchanged": signed.endswith(message),
                    "another subject is noticed": not verifies(signed.replace(b"Subject: ", b"Subject: X"), text),
                    "more text is noticed": not verifies(signed + b"x\r\n", text),
                }
                for outcome, holds in outcomes.items():
                    if not holds:
                        print(f"{kind}, {name}: not so: {outcome}")
                passed, failed = passed + sum(outcomes.values()), failed + list(outcomes.values()).count(False)
    print(f"dkim: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
