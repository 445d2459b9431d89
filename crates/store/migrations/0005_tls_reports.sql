-- Reports about TLS to mail servers (RFC 8460): what is collected for others, what is to be sent, and what others say of our own domains.

-- Sessions with the mail servers of a domain, by day: how many ended alike. No mail and no recipient.
CREATE TABLE tls_results (
    day     BIGINT NOT NULL,                     -- days since 1970, UTC
    domain  TEXT   NOT NULL,                     -- the recipients' domain, A-labels
    digest  BYTES  NOT NULL,                     -- SHA-256 over the five columns that follow
    policy  TEXT   NOT NULL,                     -- JSON
    host    TEXT   NOT NULL,                     -- the mail server; empty: it came to none
    address TEXT   NOT NULL,                     -- its address; empty: it was not connected to
    result  TEXT   NOT NULL,                     -- 'success', or a word of RFC 8460 section 4.3
    reason  TEXT   NOT NULL,                     -- our own word for it; empty with 'success'
    number  BIGINT NOT NULL,
    PRIMARY KEY (day, domain, digest)
);

-- Reports to be sent: one for each domain and day, whichever process thinks of it first.
CREATE TABLE tls_reports (
    id      BYTES  NOT NULL PRIMARY KEY,
    day     BIGINT NOT NULL,
    domain  TEXT   NOT NULL,
    outcome TEXT,                                -- null: not sent yet; 'sent' | 'unasked' | 'failed'
    UNIQUE (day, domain)
);

-- What others say of our own domains: how many sessions ended how, by the day they are about.
CREATE TABLE tls_reports_received (
    day      BIGINT NOT NULL,
    reporter TEXT   NOT NULL,                    -- as they call themselves; nothing proves it
    domain   TEXT   NOT NULL,                    -- of ours
    policy   TEXT   NOT NULL,                    -- 'tlsa' | 'sts' | 'no-policy-found'
    result   TEXT   NOT NULL,                    -- 'success', or a word of RFC 8460 section 4.3
    number   BIGINT NOT NULL,
    PRIMARY KEY (day, reporter, domain, policy, result)
);
