-- From which address of ours sessions failed (RFC 8460 section 4.4): the digest of a row is over this column as well.
ALTER TABLE tls_results ADD COLUMN from_address TEXT NOT NULL DEFAULT ''; -- empty: it succeeded, or others do not know us by it
