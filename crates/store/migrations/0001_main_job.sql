-- The main job: mailboxes, messages and their way, drafts, sessions, jobs, the audit log.
--
-- One text for both engines; BYTES and SERIAL_KEY stand for what the engine calls them. Times are microseconds since 1970, flags 0 or 1, ids
-- 16 bytes, words (states, kinds) texts. "Sealed" columns hold sealed values (docs/ARCHITECTURE.md, keys), which nothing in the database opens.
-- Deliveries, outgoing mails and audit events outlive mailboxes, so they name mailboxes without referring to them.

CREATE TABLE mailboxes (
    id              BYTES  NOT NULL PRIMARY KEY,
    address         TEXT   NOT NULL UNIQUE,      -- normalised: lower-case, IDNA
    address_shown   TEXT   NOT NULL,
    state           TEXT   NOT NULL,             -- 'pending' | 'active'
    language        TEXT   NOT NULL,             -- BCP 47 tag
    public_key      BYTES  NOT NULL,
    question_sealed BYTES,                       -- security question
    created_at      BIGINT NOT NULL,
    activated_at    BIGINT,
    signed_in_at    BIGINT,                      -- last sign-in
    message_at      BIGINT NOT NULL              -- last message from the organisation
);

-- The private key of a mailbox, sealed once for each way to open it.
CREATE TABLE wraps (
    mailbox_id BYTES  NOT NULL REFERENCES mailboxes (id),
    kind       TEXT   NOT NULL,                  -- 'pending' | 'password' | 'answer' | 'recovery'
    parameters TEXT,                             -- cost of the password hash
    salt       BYTES,
    sealed     BYTES  NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (mailbox_id, kind)
);

-- Activation links, and what their holders have chosen so far.
CREATE TABLE activations (
    id                  BYTES  NOT NULL PRIMARY KEY,
    mailbox_id          BYTES  NOT NULL REFERENCES mailboxes (id),
    selector            BYTES  NOT NULL UNIQUE,  -- SHA-256 of what the token derives
    sealed              BYTES  NOT NULL,         -- private key under the link's secret; empty once spent
    created_at          BIGINT NOT NULL,
    expires_at          BIGINT NOT NULL,
    used_at             BIGINT,
    password_parameters TEXT,                    -- step 1
    password_salt       BYTES,
    password_sealed     BYTES,
    answer_parameters   TEXT,                    -- step 2
    answer_salt         BYTES,
    answer_sealed       BYTES,
    question_sealed     BYTES,
    language            TEXT
);
CREATE INDEX activations_of_mailbox ON activations (mailbox_id);

-- Small content objects; large ones lie in the blob store.
CREATE TABLE blobs (
    id         BYTES  NOT NULL PRIMARY KEY,
    content    BYTES  NOT NULL,
    created_at BIGINT NOT NULL
);

-- Messages: content once.
CREATE TABLE messages (
    id              BYTES  NOT NULL PRIMARY KEY,
    direction       TEXT   NOT NULL,             -- 'in' | 'out'
    class           TEXT   NOT NULL,             -- protection class
    decision        TEXT   NOT NULL,             -- JSON: the decision and its reasons
    reverse_path    TEXT   NOT NULL,             -- '' for the null reverse-path
    envelope        TEXT   NOT NULL,             -- JSON
    message_id_hash BYTES,
    size_bytes      BIGINT NOT NULL,
    blob_id         BYTES  NOT NULL,             -- in blobs or in the blob store
    data_key_sealed BYTES,                       -- under the server key; gone when no delivery needs it
    accepted_at     BIGINT NOT NULL,
    deliveries_open BIGINT NOT NULL
);
CREATE INDEX messages_of_blob ON messages (blob_id);

-- Deliveries: one message for one recipient.
CREATE TABLE deliveries (
    id              BYTES  NOT NULL PRIMARY KEY,
    message_id      BYTES  NOT NULL REFERENCES messages (id),
    mailbox_id      BYTES,
    recipient       TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    channel         TEXT,                        -- 'direct' | 'deposit' | 'letter'
    route           TEXT   NOT NULL,             -- JSON: ordered channels with reasons
    step            BIGINT NOT NULL,             -- present step of the route, from 0
    folder          TEXT,                        -- 'inbox' | 'sent', once deposited
    data_key_sealed BYTES,                       -- to the mailbox
    header_sealed   BYTES,                       -- to the mailbox; null: not (or no longer) in the mailbox
    kept            BIGINT NOT NULL,             -- 1: both seals are under the mailbox's symmetric key
    dsn             TEXT,                        -- JSON: what the sender asked to be told
    accepted_at     BIGINT NOT NULL,
    deposited_at    BIGINT,
    expires_at      BIGINT,
    read_at         BIGINT,
    answered_at     BIGINT,
    ended_at        BIGINT,
    outcome         TEXT,
    has_attachments BIGINT NOT NULL,
    size_bytes      BIGINT NOT NULL
);
CREATE INDEX deliveries_of_message ON deliveries (message_id);
CREATE INDEX deliveries_of_mailbox ON deliveries (mailbox_id);
CREATE INDEX deliveries_in_folder ON deliveries (mailbox_id, folder, deposited_at, id) WHERE header_sealed IS NOT NULL;

-- How many deliveries a folder holds, kept up to date with them.
CREATE TABLE mailbox_counts (
    mailbox_id BYTES  NOT NULL,
    folder     TEXT   NOT NULL,
    total      BIGINT NOT NULL,
    unread     BIGINT NOT NULL,
    PRIMARY KEY (mailbox_id, folder)
);

-- Cleaned HTML and the like, sealed under the message's data key.
CREATE TABLE kept_views (
    delivery_id BYTES NOT NULL REFERENCES deliveries (id),
    kind        TEXT  NOT NULL,
    sealed      BYTES NOT NULL,
    PRIMARY KEY (delivery_id, kind)
);

CREATE TABLE drafts (
    id         BYTES  NOT NULL PRIMARY KEY,
    mailbox_id BYTES  NOT NULL REFERENCES mailboxes (id),
    answers    BYTES,                            -- delivery
    sealed     BYTES  NOT NULL,                  -- recipients, subject, text
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX drafts_of_mailbox ON drafts (mailbox_id, updated_at);

CREATE TABLE draft_attachments (
    blob_id    BYTES  NOT NULL PRIMARY KEY,      -- in blobs or in the blob store
    draft_id   BYTES  NOT NULL REFERENCES drafts (id),
    position   BIGINT NOT NULL,                  -- counts up as files are attached
    sealed     BYTES  NOT NULL,                  -- name, type, data key
    size_bytes BIGINT NOT NULL
);
CREATE UNIQUE INDEX draft_attachments_of_draft ON draft_attachments (draft_id, position);

CREATE TABLE sessions (
    id         BYTES  NOT NULL PRIMARY KEY,
    selector   BYTES  NOT NULL UNIQUE,           -- SHA-256 of what the cookie derives
    mailbox_id BYTES  NOT NULL REFERENCES mailboxes (id),
    sealed     BYTES  NOT NULL,                  -- private key under the cookie's secret
    agent      TEXT   NOT NULL,                  -- program and device, as shown
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_mailbox ON sessions (mailbox_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Every mail that leaves.
CREATE TABLE outgoing (
    id              BYTES  NOT NULL PRIMARY KEY,
    kind            TEXT   NOT NULL,             -- 'notice' | 'direct' | 'reply' | 'dsn'
    delivery_id     BYTES,
    mailbox_id      BYTES,
    reverse_path    TEXT   NOT NULL,
    recipient       TEXT   NOT NULL,
    destination     TEXT   NOT NULL,
    options         TEXT   NOT NULL,             -- JSON
    blob_id         BYTES  NOT NULL,             -- in blobs or in the blob store
    data_key_sealed BYTES,                       -- under the server key; gone once ended
    object_id       BYTES  NOT NULL,             -- what the content is bound to
    size_bytes      BIGINT NOT NULL,
    state           TEXT   NOT NULL,             -- 'queued' | 'sent' | 'failed' | 'returned'
    attempts        BIGINT NOT NULL,
    accepted_at     BIGINT NOT NULL,
    ended_at        BIGINT,
    outcome         TEXT                         -- JSON
);
CREATE INDEX outgoing_of_delivery ON outgoing (delivery_id);
CREATE INDEX outgoing_of_blob ON outgoing (blob_id);

CREATE TABLE attempts (
    outgoing_id BYTES  NOT NULL REFERENCES outgoing (id),
    number      BIGINT NOT NULL,                 -- from 1
    at          BIGINT NOT NULL,
    outcome     TEXT   NOT NULL,                 -- JSON
    PRIMARY KEY (outgoing_id, number)
);

-- Message-IDs of what went to the organisation, so that answers are recognised.
CREATE TABLE threads (
    message_id_hash BYTES  NOT NULL PRIMARY KEY,
    mailbox_id      BYTES  NOT NULL REFERENCES mailboxes (id),
    delivery_id     BYTES,
    created_at      BIGINT NOT NULL
);
CREATE INDEX threads_of_mailbox ON threads (mailbox_id);

CREATE TABLE throttles (
    key           BYTES  NOT NULL PRIMARY KEY,   -- hash of an account or a source
    failures      BIGINT NOT NULL,
    blocked_until BIGINT,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX throttles_by_age ON throttles (updated_at);

CREATE TABLE jobs (
    id          BYTES  NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    subject     BYTES,
    state       TEXT   NOT NULL,                 -- 'ready' | 'leased' | 'dead'
    due_at      BIGINT NOT NULL,                 -- of a leased job the end of the lease
    lease_until BIGINT,
    attempts    BIGINT NOT NULL,                 -- leases so far; tells them apart
    last_error  TEXT,
    dedup       TEXT UNIQUE,                     -- only while 'ready' for the first time
    created_at  BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs (kind, due_at, id) WHERE state <> 'dead';
CREATE INDEX jobs_dead ON jobs (id) WHERE state = 'dead';

-- What happened. Only added to; `hash` is set once.
CREATE TABLE audit_events (
    seq         SERIAL_KEY,
    at          BIGINT NOT NULL,
    actor       TEXT   NOT NULL,
    event       TEXT   NOT NULL,
    mailbox_id  BYTES,
    delivery_id BYTES,
    data        TEXT   NOT NULL,                 -- JSON
    hash        BYTES                            -- SHA-256 over the hash before and all fields
);
CREATE INDEX audit_events_of_delivery ON audit_events (delivery_id, seq);
CREATE INDEX audit_events_unchained ON audit_events (seq) WHERE hash IS NULL;
