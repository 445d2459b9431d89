-- What is known of the domains that mail goes to.

CREATE TABLE destinations (
    domain        TEXT   NOT NULL PRIMARY KEY,   -- A-labels
    level         TEXT   NOT NULL,               -- of the last connection: 'none' | 'encrypted' | 'verified' | 'mta_sts' | 'dane'
    name_secure   BIGINT NOT NULL,
    good_in_a_row BIGINT NOT NULL,               -- mails taken over verified connections since the last that was not
    held          BIGINT NOT NULL,               -- 1: held to a verified connection
    seen_at       BIGINT NOT NULL
);

-- How the levels of a domain have changed.
CREATE TABLE level_changes (
    domain             TEXT   NOT NULL,
    at                 BIGINT NOT NULL,
    level_before       TEXT   NOT NULL,
    name_secure_before BIGINT NOT NULL,
    level              TEXT   NOT NULL,
    name_secure        BIGINT NOT NULL,
    PRIMARY KEY (domain, at)
);
CREATE INDEX level_changes_by_time ON level_changes (at);

-- Decisions of administrators to ask less of a domain for a time. Kept when they have ended.
CREATE TABLE exceptions (
    id       BYTES  NOT NULL PRIMARY KEY,
    domain   TEXT   NOT NULL,
    minimum  TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    author   TEXT   NOT NULL,
    from_at  BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX exceptions_of_domain ON exceptions (domain, until_at);

-- MTA-STS policies (RFC 8461), kept as long as they allow.
CREATE TABLE sts_policies (
    domain     TEXT   NOT NULL PRIMARY KEY,
    policy_id  TEXT   NOT NULL,
    policy     TEXT   NOT NULL,                  -- as fetched, in its own form
    fetched_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sts_policies_by_end ON sts_policies (expires_at);
