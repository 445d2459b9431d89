-- Whole mailboxes that are saved as one file: how far the last one of each mailbox has come.
CREATE TABLE archives (
    mailbox_id BYTES  NOT NULL PRIMARY KEY REFERENCES mailboxes (id),
    id         BYTES  NOT NULL,                  -- of this one: another that begins takes the row over
    session_id BYTES  NOT NULL,                  -- who saves; it stops when this session ends
    state      TEXT   NOT NULL,                  -- 'asked' | 'running' | 'complete' | 'broken'
    messages   BIGINT NOT NULL,                  -- how many there were to save when it began
    done       BIGINT NOT NULL,                  -- how many were come to
    missing    BIGINT NOT NULL,                  -- how many of them could not be read
    began_at   BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL                   -- when it last came on
);
