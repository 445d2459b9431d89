//! Lists and what is found in them, page by page, down to the older and back up to the newer.
//!
//! A page is told by its [`Place`] and not by a number: mail that comes in meanwhile moves nothing under the reader's eyes. The way up leads to
//! the page the reader came from, unless something came or went; where not even a page is left above, it leads to the newest page,
//! which is always full. A place in nobody's list (it was deleted, or somebody made it up) is as good as any: it lies between two messages of this
//! mailbox, and nothing else is ever read.

use store::{Cursor, Delivery, Folder, PAGE_ROWS_MAX};

use super::{Entry, mailbox, open_all};
use crate::{App, header::HeaderBlock, session::SignedIn, trouble::Trouble};

/// The most messages one search looks through.
pub const SEARCHED_ROWS_MAX: usize = 20_000;

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first.
    Newest,
    /// The one below this place.
    Before(Cursor),
    /// The one above this place.
    After(Cursor),
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct List {
    /// The messages, the newest first.
    pub entries: Vec<Entry>,
    /// The place above which the next newer page lies, if there is one.
    pub newer: Option<Cursor>,
    /// The place below which the next older page lies, if there is one.
    pub older: Option<Cursor>,
    /// Messages in the inbox never read.
    pub unread: u64,
}

/// A page of a folder with `limit` messages.
pub async fn list(app: &App, owner: &SignedIn, folder: Folder, place: Place, limit: usize) -> Result<List, Trouble> {
    Walk { app, owner, folder, words: Vec::new() }.page(place, limit).await
}

/// A page of the messages of a folder whose correspondent or subject holds every word of `words`, with `limit` of them.
///
/// It looks at [`SEARCHED_ROWS_MAX`] messages at most. Where there are more, `older` or `newer` tells where to look on, however few were found.
pub async fn search(
    app: &App,
    owner: &SignedIn,
    folder: Folder,
    words: &str,
    place: Place,
    limit: usize,
) -> Result<List, Trouble> {
    let words = words.to_lowercase().split_whitespace().map(str::to_owned).collect();
    Walk { app, owner, folder, words }.page(place, limit).await
}

/// Which way a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To the older messages.
    Down,
    /// To the newer ones.
    Up,
}

/// A walk along a folder that picks up what holds all words.
struct Walk<'a> {
    app: &'a App,
    owner: &'a SignedIn,
    folder: Folder,
    words: Vec<String>,
}

/// What a walk brought.
struct Found {
    /// In the order it was met.
    entries: Vec<Entry>,
    /// Where it stopped; `None` at the end of the list.
    rest: Option<Cursor>,
}

impl Found {
    /// Leaves `limit` entries and tells where the next page begins, if there is one.
    fn cut(&mut self, limit: usize) -> Option<Cursor> {
        if self.entries.len() <= limit {
            return self.rest;
        }
        self.entries.truncate(limit);
        self.entries.last().map(place_of)
    }
}

impl Walk<'_> {
    async fn page(&self, place: Place, limit: usize) -> Result<List, Trouble> {
        // One more than asked for tells whether there is another page.
        let (entries, newer, older) = match place {
            Place::Newest => self.newest(limit).await?,
            Place::Before(start) => {
                let mut found = self.walk(Way::Down, Some(start), limit + 1).await?;
                let older = found.cut(limit);
                let top = found.entries.first().map_or(start, place_of);
                (found.entries, self.beyond(Way::Up, top).await?, older)
            }
            Place::After(start) => {
                let mut found = self.walk(Way::Up, Some(start), limit + 1).await?;
                match found.cut(limit) {
                    None => self.newest(limit).await?,
                    newer => {
                        let bottom = found.entries.first().map_or(start, place_of);
                        found.entries.reverse();
                        (found.entries, newer, self.beyond(Way::Down, bottom).await?)
                    }
                }
            }
        };
        Ok(List { entries, newer, older, unread: super::unread(self.app, self.owner).await? })
    }

    async fn newest(&self, limit: usize) -> Result<(Vec<Entry>, Option<Cursor>, Option<Cursor>), Trouble> {
        let mut found = self.walk(Way::Down, None, limit + 1).await?;
        let older = found.cut(limit);
        Ok((found.entries, None, older))
    }

    /// The place, if there is anything beyond it.
    async fn beyond(&self, way: Way, place: Cursor) -> Result<Option<Cursor>, Trouble> {
        let found = self.walk(way, Some(place), 1).await?;
        Ok(if found.entries.is_empty() { found.rest } else { Some(place) })
    }

    /// Goes on from `start`, or from the end of the list the way begins at, until `wanted` messages are found.
    async fn walk(&self, way: Way, start: Option<Cursor>, wanted: usize) -> Result<Found, Trouble> {
        let step = if self.words.is_empty() { u32::try_from(wanted).unwrap_or(u32::MAX) } else { u32::MAX };
        let step = step.min(PAGE_ROWS_MAX);
        let mut found = Found { entries: Vec::new(), rest: start };
        let mut looked = 0;
        while looked < SEARCHED_ROWS_MAX && found.entries.len() < wanted {
            let mut reader = self.app.store.read().await?;
            let mailbox = mailbox(&mut reader, self.owner).await?;
            let rows = match (way, found.rest) {
                (Way::Up, Some(after)) => reader.deliveries().page_after(mailbox.id, self.folder, after, step).await?,
                (_, before) => reader.deliveries().page(mailbox.id, self.folder, before, step).await?,
            };
            drop(reader);
            let is_end = rows.len() < usize::try_from(step).unwrap_or(usize::MAX);
            looked += rows.len();
            found.rest = rows.last().and_then(place_of_row).filter(|_| !is_end);
            let opened = open_all(self.app, self.owner, &mailbox, rows).await?;
            found.entries.extend(opened.into_iter().filter(|entry| self.holds(&entry.header)));
            if is_end {
                break;
            }
        }
        Ok(found)
    }

    fn holds(&self, header: &HeaderBlock) -> bool {
        let text = format!("{} {} {}", header.name, header.address, header.subject).to_lowercase();
        self.words.iter().all(|word| text.contains(word))
    }
}

fn place_of(entry: &Entry) -> Cursor {
    Cursor { deposited_at: entry.at, id: entry.id }
}

fn place_of_row(row: &Delivery) -> Option<Cursor> {
    Some(Cursor { deposited_at: row.deposited_at?, id: row.id })
}
