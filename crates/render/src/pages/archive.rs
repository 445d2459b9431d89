//! The whole mailbox in one file [J12].

use askama::Template;
use jiff::Timestamp;

use crate::{page::Page, paths};

/// Saves the whole mailbox, tells how far that has come, and what to do afterwards. `POST` to [`paths::ARCHIVE`] begins.
#[derive(Debug, Template)]
#[template(path = "archive.html")]
pub struct Archive<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// Messages in the mailbox, sent ones included.
    pub messages: u64,
    /// The size of all of them, in bytes.
    pub bytes: u64,
    /// What the page is about.
    pub stage: Stage,
}

/// How far saving has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is going on.
    Idle {
        /// When all was last saved.
        saved_at: Option<Timestamp>,
    },
    /// The file is on its way.
    Running,
    /// The file is complete.
    Complete(Saved),
    /// It broke off.
    Broken(Saved),
}

/// What a file that ended holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Messages in it.
    pub done: u64,
    /// Messages that were to be in it.
    pub messages: u64,
    /// Messages that could not be read.
    pub missing: u64,
}

impl Archive<'_> {
    const fn any(&self) -> bool {
        self.messages > 0
    }
}

impl Stage {
    const fn is_running(self) -> bool {
        matches!(self, Self::Running)
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Idle { .. } | Self::Broken(_) => "archive-title",
            Self::Running => "archive-running-title",
            Self::Complete(_) => "archive-complete-title",
        }
    }
}

/// How far the file has come, in a frame that is drawn anew as long as it comes.
#[derive(Debug, Template)]
#[template(path = "archive_progress.html")]
pub struct ArchiveProgress<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// What it shows.
    pub coming: Coming,
}

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coming {
    /// The browser is about to fetch it.
    Soon,
    /// So many messages of so many are in it.
    Now {
        /// Messages in it.
        done: u64,
        /// Messages that will be in it.
        messages: u64,
    },
    /// It ended, one way or the other: its page tells more.
    Ended {
        /// Whether it is complete.
        complete: bool,
    },
}

super::pages! { Archive ArchiveProgress }
