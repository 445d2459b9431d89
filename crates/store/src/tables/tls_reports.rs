//! Reports about TLS (RFC 8460): what was found at the mail servers of others, what is to be sent of it, and what others say of our own domains.
//!
//! Whoever owns a domain decides what its servers are called, and whoever reports what he calls himself. So each day has an end to its rows: beyond it
//! what is known already is counted on, and nothing new is added.

use aws_lc_rs::digest::{Context, SHA256};
use model::id::TlsReportId;

use crate::{
    StoreError,
    session::{Access, Write},
    value::{Row, params},
};

/// The most rows of results of one domain and day.
pub const RESULTS_OF_DOMAIN_MAX: u64 = 100;
/// The most rows of results of one day.
pub const RESULT_ROWS_MAX: u64 = 50_000;
/// The most rows of received totals of one day.
pub const RECEIVED_ROWS_MAX: u64 = 1000;
/// The most reports that are remembered of one day.
pub const RECEIVED_REPORTS_MAX: u64 = 2000;
/// The most rows of one page.
pub const TLS_PAGE_MAX: u32 = 500;

/// Sessions that ended alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TlsSessions {
    /// The policy they were held to, as JSON.
    pub policy: String,
    /// The mail server; empty if it came to none.
    pub host: String,
    /// Its address; empty if it was not connected to.
    pub address: String,
    /// From which address of ours; empty with `success`, and where others do not know us by it.
    pub from: String,
    /// `success`, or why they failed, in the words of reports.
    pub result: String,
    /// Why they failed, in our own word.
    pub reason: String,
}

impl TlsSessions {
    fn digest(&self) -> Vec<u8> {
        digest(&[&self.policy, &self.host, &self.address, &self.from, &self.result, &self.reason])
    }
}

/// One digest for some texts, each of which ends where it ends.
fn digest(texts: &[&str]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for text in texts {
        context.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(text.as_bytes());
    }
    context.finish().as_ref().to_vec()
}

/// A report to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsReport {
    /// Its id.
    pub id: TlsReportId,
    /// The day it is about, in days since 1970 (UTC).
    pub day: i64,
    /// The domain it is about.
    pub domain: String,
    /// What became of it.
    pub outcome: Option<String>,
}

/// A report about one of our domains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceivedReport<'a> {
    /// Who reports, as he calls himself.
    pub reporter: &'a str,
    /// The id that he gave it.
    pub id: &'a str,
    /// The domain of the policy.
    pub domain: &'a str,
}

/// What somebody says of one of our domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedTotal {
    /// The day it is about, in days since 1970 (UTC).
    pub day: i64,
    /// Who says so.
    pub reporter: String,
    /// Our domain.
    pub domain: String,
    /// The kind of policy.
    pub policy: String,
    /// `success`, or why sessions failed.
    pub result: String,
    /// How many sessions.
    pub number: u64,
}

/// Access to what is known of TLS to mail servers.
pub struct TlsReports<'a, A>(pub(crate) Access<'a, A>);

impl<A> TlsReports<'_, A> {
    /// What was found at the servers of a domain on a day.
    pub async fn results(&mut self, day: i64, domain: &str) -> Result<Vec<(TlsSessions, u64)>, StoreError> {
        let sql = "SELECT policy, host, address, from_address, result, reason, number FROM tls_results \
                   WHERE day = $1 AND domain = $2 ORDER BY policy, host, address, from_address, result, reason";
        let rows = self.0.query(sql, params![day, domain]).await?;
        rows.into_iter().map(sessions).collect()
    }

    /// Domains with results of a day, by name, behind `after`, at most [`TLS_PAGE_MAX`].
    pub async fn domains(&mut self, day: i64, after: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT domain FROM tls_results WHERE day = $1 AND domain > $2 ORDER BY domain LIMIT $3";
        let rows = self.0.query(sql, params![day, after, TLS_PAGE_MAX]).await?;
        rows.into_iter().map(|mut row| row.take()).collect()
    }

    /// How many sessions went well and how many did not, by day, since a day; newest first.
    pub async fn collected(&mut self, since: i64) -> Result<Vec<(i64, u64, u64)>, StoreError> {
        let sql = "SELECT day, CAST(SUM(CASE WHEN result = 'success' THEN number ELSE 0 END) AS BIGINT), \
                   CAST(SUM(CASE WHEN result = 'success' THEN 0 ELSE number END) AS BIGINT) \
                   FROM tls_results WHERE day >= $1 GROUP BY day ORDER BY day DESC";
        let rows = self.0.query(sql, params![since]).await?;
        rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?, row.take()?))).collect()
    }

    /// How many reports came to which outcome since a day, by day, newest first.
    pub async fn outcomes(&mut self, since: i64) -> Result<Vec<(i64, Option<String>, u64)>, StoreError> {
        let sql = "SELECT day, outcome, COUNT(*) FROM tls_reports WHERE day >= $1 GROUP BY day, outcome \
                   ORDER BY day DESC, outcome";
        let rows = self.0.query(sql, params![since]).await?;
        rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?, row.take()?))).collect()
    }

    /// The report with this id.
    pub async fn find(&mut self, id: TlsReportId) -> Result<Option<TlsReport>, StoreError> {
        let row =
            self.0.query_one("SELECT id, day, domain, outcome FROM tls_reports WHERE id = $1", params![id]).await?;
        row.map(|mut row| {
            Ok(TlsReport { id: row.take()?, day: row.take()?, domain: row.take()?, outcome: row.take()? })
        })
        .transpose()
    }

    /// What others say of our domains since a day, newest first, at most [`TLS_PAGE_MAX`].
    pub async fn received(&mut self, since: i64) -> Result<Vec<ReceivedTotal>, StoreError> {
        let sql = "SELECT day, reporter, domain, policy, result, number FROM tls_reports_received WHERE day >= $1 \
                   ORDER BY day DESC, domain, reporter, policy, result LIMIT $2";
        let rows = self.0.query(sql, params![since, TLS_PAGE_MAX]).await?;
        rows.into_iter().map(total).collect()
    }
}

fn sessions(mut row: Row) -> Result<(TlsSessions, u64), StoreError> {
    let sessions = TlsSessions {
        policy: row.take()?,
        host: row.take()?,
        address: row.take()?,
        from: row.take()?,
        result: row.take()?,
        reason: row.take()?,
    };
    Ok((sessions, row.take()?))
}

fn total(mut row: Row) -> Result<ReceivedTotal, StoreError> {
    Ok(ReceivedTotal {
        day: row.take()?,
        reporter: row.take()?,
        domain: row.take()?,
        policy: row.take()?,
        result: row.take()?,
        number: row.take()?,
    })
}

impl TlsReports<'_, Write> {
    /// Adds sessions with the servers of a domain to what is known of a day. `false` if the day or the domain is full.
    pub async fn count(
        &mut self,
        (day, domain): (i64, &str),
        sessions: &TlsSessions,
        number: u64,
    ) -> Result<bool, StoreError> {
        let digest = sessions.digest();
        let sql = "UPDATE tls_results SET number = number + $4 WHERE day = $1 AND domain = $2 AND digest = $3";
        if self.0.execute(sql, params![day, domain, digest, number]).await? == 1 {
            return Ok(true);
        }
        let of_domain = "SELECT COUNT(*) FROM tls_results WHERE day = $1 AND domain = $2";
        let of_day = "SELECT COUNT(*) FROM tls_results WHERE day = $1";
        if self.counted(of_domain, params![day, domain]).await? >= RESULTS_OF_DOMAIN_MAX
            || self.counted(of_day, params![day]).await? >= RESULT_ROWS_MAX
        {
            return Ok(false);
        }
        let sql = "INSERT INTO tls_results \
                   (day, domain, digest, policy, host, address, from_address, result, reason, number) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (day, domain, digest) DO UPDATE \
                   SET number = tls_results.number + excluded.number";
        let TlsSessions { policy, host, address, from, result, reason } = sessions;
        self.0.execute(sql, params![day, domain, digest, policy, host, address, from, result, reason, number]).await?;
        Ok(true)
    }

    /// Plans a report. `false` if somebody has done so before.
    pub async fn plan(&mut self, report: &TlsReport) -> Result<bool, StoreError> {
        let sql = "INSERT INTO tls_reports (id, day, domain, outcome) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (day, domain) DO NOTHING";
        let TlsReport { id, day, domain, outcome } = report;
        Ok(self.0.execute(sql, params![id, day, domain, outcome]).await? == 1)
    }

    /// Notes what became of a report. `false` if that was noted before.
    pub async fn end(&mut self, id: TlsReportId, outcome: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE tls_reports SET outcome = $2 WHERE id = $1 AND outcome IS NULL";
        Ok(self.0.execute(sql, params![id, outcome]).await? == 1)
    }

    /// Remembers a report about a day. `false` if it came before; where the day is full, whatever is new is new whenever it comes.
    pub async fn remember(&mut self, day: i64, report: &ReceivedReport<'_>) -> Result<bool, StoreError> {
        let ReceivedReport { reporter, id, domain } = report;
        let digest = digest(&[reporter, id, domain]);
        let known = "SELECT COUNT(*) FROM tls_reports_known WHERE day = $1 AND digest = $2";
        if self.counted(known, params![day, digest]).await? > 0 {
            return Ok(false);
        }
        let of_day = "SELECT COUNT(*) FROM tls_reports_known WHERE day = $1";
        if self.counted(of_day, params![day]).await? >= RECEIVED_REPORTS_MAX {
            return Ok(true);
        }
        let sql = "INSERT INTO tls_reports_known (day, digest) VALUES ($1, $2) ON CONFLICT (day, digest) DO NOTHING";
        Ok(self.0.execute(sql, params![day, digest]).await? == 1)
    }

    /// Adds to what others say of our domains. `false` if the day is full.
    pub async fn receive(&mut self, total: &ReceivedTotal) -> Result<bool, StoreError> {
        let ReceivedTotal { day, reporter, domain, policy, result, number } = total;
        let sql = "UPDATE tls_reports_received SET number = number + $6 WHERE day = $1 AND reporter = $2 AND domain = $3 \
                   AND policy = $4 AND result = $5";
        if self.0.execute(sql, params![day, reporter, domain, policy, result, number]).await? == 1 {
            return Ok(true);
        }
        let of_day = "SELECT COUNT(*) FROM tls_reports_received WHERE day = $1";
        if self.counted(of_day, params![day]).await? >= RECEIVED_ROWS_MAX {
            return Ok(false);
        }
        let sql = "INSERT INTO tls_reports_received (day, reporter, domain, policy, result, number) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (day, reporter, domain, policy, result) DO UPDATE \
                   SET number = tls_reports_received.number + excluded.number";
        self.0.execute(sql, params![day, reporter, domain, policy, result, number]).await?;
        Ok(true)
    }

    /// Forgets what was found on days before `day`, and what was sent of it.
    pub async fn forget(&mut self, day: i64) -> Result<(), StoreError> {
        self.0.execute("DELETE FROM tls_results WHERE day < $1", params![day]).await?;
        self.0.execute("DELETE FROM tls_reports WHERE day < $1 AND outcome IS NOT NULL", params![day]).await?;
        Ok(())
    }

    /// Forgets what others said of days before `totals`, and which reports about days before `reports` came.
    pub async fn forget_received(&mut self, totals: i64, reports: i64) -> Result<(), StoreError> {
        self.0.execute("DELETE FROM tls_reports_received WHERE day < $1", params![totals]).await?;
        self.0.execute("DELETE FROM tls_reports_known WHERE day < $1", params![reports]).await?;
        Ok(())
    }

    async fn counted(&mut self, sql: &'static str, params: &[crate::value::Param<'_>]) -> Result<u64, StoreError> {
        self.0.query_one(sql, params).await?.map_or(Ok(0), |mut row| row.take())
    }
}
