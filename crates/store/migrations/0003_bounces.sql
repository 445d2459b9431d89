-- Bounces and complaints: what came back about mails that left, and which mailboxes are told of nothing any more.

ALTER TABLE mailboxes ADD COLUMN notices_stopped_at  BIGINT;  -- null: notices are sent
ALTER TABLE mailboxes ADD COLUMN notices_stopped_why TEXT;    -- 'bounced' | 'complaint'

-- What was said about a mail after it had left: each word once, however often it is said.
CREATE TABLE bounces (
    outgoing_id BYTES  NOT NULL REFERENCES outgoing (id),
    word        TEXT   NOT NULL,                 -- 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded' | 'complaint'
    status      TEXT,                            -- enhanced status code, if there was one
    at          BIGINT NOT NULL,                 -- when it was first said
    PRIMARY KEY (outgoing_id, word)
);

-- How often what came to a bounce address meant what, by day; also what meant nothing.
CREATE TABLE bounce_tallies (
    day    BIGINT NOT NULL,                      -- days since 1970, UTC
    word   TEXT   NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (day, word)
);
