//! The archive as it is written: from front to back, on a thread that waits for its reader.

use std::{
    cell::Cell,
    io::{self, Write},
    rc::Rc,
};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use document::{Pages, Stamp, attach::Embedding};
use jiff::civil;
use mime::view::MessageView;
use render::archive::Contents;
use tokio::{runtime::Handle, sync::mpsc};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions, write::StreamWriter};

use super::source::{Body, Message};
use crate::{content::Content, export::pages::attachments};

/// How thoroughly files are packed. Most of a mailbox is packed already, or base64, which the quickest level makes as small as the slowest.
const LEVEL: i64 = 1;
/// Where the list is in the archive.
const INDEX: &str = "index.html";
/// Where the sums are.
const SUMS: &str = "SHA256SUMS";

/// What is to be written next.
pub(super) enum Order {
    Message(Box<Message>),
    /// Everything was said. A writer whose orders end without it has not got all.
    End,
}

/// An archive that is being written.
pub(super) struct Packer<W: Write> {
    zip: ZipWriter<StreamWriter<Tap<W>>>,
    shut: Rc<Cell<bool>>,
    contents: Contents,
    /// As `sha256sum` writes and reads them.
    sums: Vec<u8>,
}

impl<W: Write> Packer<W> {
    pub(super) fn new(out: W, contents: Contents) -> Self {
        let shut = Rc::new(Cell::new(false));
        let tap = Tap { out, shut: Rc::clone(&shut) };
        Self { zip: ZipWriter::new_stream(tap), shut, contents, sums: Vec::new() }
    }

    /// Writes what comes, then the list and the sums. What breaks off gets no end that readers of archives would take for one.
    pub(super) fn pack(mut self, incoming: mpsc::Receiver<Order>) -> io::Result<()> {
        self.fill(incoming).inspect_err(|_| self.shut.set(true))?;
        self.zip.finish().map_err(io::Error::from)?;
        Ok(())
    }

    fn fill(&mut self, mut incoming: mpsc::Receiver<Order>) -> io::Result<()> {
        loop {
            match incoming.blocking_recv() {
                Some(Order::Message(message)) => self.message(*message)?,
                Some(Order::End) => break,
                None => return Err(io::Error::other("the archive had to stop")),
            }
        }
        let now = self.contents.local();
        let contents = self.contents.take();
        let size = size(|out| contents.write_to(out))?;
        self.file(INDEX, now, size, |out| contents.write_to(out))?;
        let sums = std::mem::take(&mut self.sums);
        self.file(SUMS, now, sums.len() as u64, |out| out.write_all(&sums))
    }

    fn message(&mut self, message: Message) -> io::Result<()> {
        let Message { stem, local, mut entry, body } = message;
        let path = format!("{}/{stem}", self.contents.folder_name(entry.folder));
        let original = format!("{path}.eml");
        match body {
            Body::Whole { raw, pages, share } => {
                self.file(&original, local, raw.len() as u64, |out| out.write_all(&raw))?;
                let path = format!("{path}.pdf");
                if let Some((pages, date)) = pages
                    && self.pages(&path, local, &raw, &pages, date)?
                {
                    entry.pages = Some(path);
                }
                entry.original = Some(original);
                drop(share);
            }
            Body::Large(content, size_bytes) => {
                self.file(&original, local, size_bytes, |out| copy(content, out))?;
                entry.original = Some(original);
            }
            Body::Lost => {}
        }
        self.contents.entries.push(entry);
        Ok(())
    }

    /// The pages with the attachments inside. The original is not inside: it lies beside them. `false` where a PDF cannot hold that much.
    fn pages(
        &mut self,
        path: &str,
        local: civil::DateTime,
        raw: &[u8],
        pages: &Pages,
        date: Stamp,
    ) -> io::Result<bool> {
        let view = MessageView::read(raw).ok();
        let files = view.as_ref().map(attachments).unwrap_or_default();
        if files.is_empty() {
            self.file(path, local, pages.pdf.len() as u64, |out| out.write_all(&pages.pdf))?;
            return Ok(true);
        }
        let Ok(embedding) = Embedding::plan(&pages.pdf, files, date) else { return Ok(false) };
        self.file(path, local, embedding.size(), |out| embedding.write_to(out))?;
        Ok(true)
    }

    fn file(
        &mut self,
        path: &str,
        local: civil::DateTime,
        size_bytes: u64,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            .last_modified_time(mime::export::zip_time(local).unwrap_or_default())
            .unix_permissions(0o644)
            .large_file(u32::try_from(size_bytes).is_err());
        self.zip.start_file(path, options).map_err(io::Error::from)?;
        let mut summed = Summed { out: &mut self.zip, sum: digest::Context::new(&digest::SHA256) };
        write(&mut summed)?;
        let sum = HEXLOWER.encode(summed.sum.finish().as_ref());
        writeln!(self.sums, "{sum}  {path}")
    }
}

/// Between the archive and its reader. Once it is shut, what comes runs into the ground: a writer of archives that is dropped still writes
/// the directory at the end.
struct Tap<W> {
    out: W,
    shut: Rc<Cell<bool>>,
}

impl<W: Write> Write for Tap<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.shut.get() {
            return Ok(bytes.len());
        }
        self.out.write(bytes).inspect_err(|_| self.shut.set(true))
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.shut.get() { Ok(()) } else { self.out.flush() }
    }
}

/// Content that does not fit into memory.
fn copy(content: Content, out: &mut dyn Write) -> io::Result<()> {
    let mut pieces = content.pieces();
    while let Some(piece) = Handle::current().block_on(pieces.next()).map_err(io::Error::other)? {
        out.write_all(&piece)?;
    }
    Ok(())
}

/// How many bytes `write` writes.
fn size(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<u64> {
    let mut sink = Counted(0);
    write(&mut sink)?;
    Ok(sink.0)
}

/// Counts what is written, and keeps nothing of it.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sums what goes through.
struct Summed<'a, W> {
    out: &'a mut W,
    sum: digest::Context,
}

impl<W: Write> Write for Summed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sum.update(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
