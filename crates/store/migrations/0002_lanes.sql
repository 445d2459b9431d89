-- Lanes: mail waits by the domain it goes to, so that none waits behind another domain's.

ALTER TABLE jobs ADD COLUMN lane TEXT NOT NULL DEFAULT '-';  -- domain in A-labels; '-' for all other work
CREATE INDEX jobs_by_lane ON jobs (kind, lane, due_at, id) WHERE state <> 'dead';
