-- From which address of ours sessions failed (RFC 8460 section 4.4): the digest of a row is over this column as well.
ALTER TABLE tls_results ADD COLUMN from_address TEXT NOT NULL DEFAULT ''; -- empty: it succeeded, or others do not know us by it

-- Reports about our domains that came already: one that comes again is not counted again.
CREATE TABLE tls_reports_known (
    day    BIGINT NOT NULL,                      -- the day it is about: days since 1970, UTC
    digest BYTES  NOT NULL,                      -- SHA-256 over its sender, its id and the domain of the policy
    PRIMARY KEY (day, digest)
);
