//! The conversation with the process that sets pages: jobs go in, answers come out, each behind its length.
//!
//! A job is a length (32 bits, big endian) and JSON. An answer is a length and JSON, then a length and the PDF, which is empty where nothing could be
//! set. The process goes on until no more jobs come.

use std::io;
#[cfg(feature = "typeset")]
use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

#[cfg(feature = "typeset")]
use crate::Typesetter;
use crate::{Form, Mail, Pages, Refused};

/// Bytes of one job.
pub const JOB_BYTES_MAX: u32 = 96 * 1024 * 1024;
/// Bytes of one PDF without the files that are embedded later.
pub const PDF_BYTES_MAX: u32 = 192 * 1024 * 1024;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The mail to be set.
    pub mail: Mail,
    /// The richest form to be tried.
    pub form: Form,
}

/// What stands before the PDF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It was set.
    Set {
        /// How.
        form: Form,
        /// On how many pages.
        count: usize,
        /// Why not as its writer meant it.
        refused: Option<Refused>,
    },
    /// Nothing could be set.
    Refused(Refused),
}

impl Answer {
    /// The pages, with their PDF.
    pub fn pages(self, pdf: Vec<u8>) -> Result<Pages, Refused> {
        match self {
            Self::Set { form, count, refused } => Ok(Pages { pdf, form, count, refused }),
            Self::Refused(refused) => Err(refused),
        }
    }
}

impl Job {
    /// The job as it is sent, if it is not too large.
    pub fn frame(&self) -> io::Result<Vec<u8>> {
        let mut frame = vec![0; 4];
        serde_json::to_writer(&mut frame, self)?;
        let length = length(frame.len() - 4, JOB_BYTES_MAX)?;
        if let Some(head) = frame.first_chunk_mut() {
            *head = length;
        }
        Ok(frame)
    }
}

fn length(bytes: usize, most: u32) -> io::Result<[u8; 4]> {
    let length = u32::try_from(bytes).ok().filter(|length| *length <= most);
    length.map(u32::to_be_bytes).ok_or_else(|| io::Error::other(format!("{bytes} bytes are more than {most}")))
}

/// Does jobs until there are no more.
#[cfg(feature = "typeset")]
pub fn serve(typesetter: &Typesetter, jobs: &mut dyn Read, answers: &mut dyn Write) -> io::Result<()> {
    while let Some(job) = read(jobs)? {
        let (answer, pdf) = match typesetter.mail(&job.mail, job.form) {
            Ok(Pages { pdf, form, count, refused }) => (Answer::Set { form, count, refused }, pdf),
            Err(refused) => (Answer::Refused(refused), Vec::new()),
        };
        let answer = serde_json::to_vec(&answer)?;
        answers.write_all(&length(answer.len(), JOB_BYTES_MAX)?)?;
        answers.write_all(&answer)?;
        answers.write_all(&length(pdf.len(), PDF_BYTES_MAX)?)?;
        answers.write_all(&pdf)?;
        answers.flush()?;
    }
    Ok(())
}

#[cfg(feature = "typeset")]
fn read(jobs: &mut dyn Read) -> io::Result<Option<Job>> {
    let mut head = [0; 4];
    match jobs.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_be_bytes(head);
    if length > JOB_BYTES_MAX {
        return Err(io::Error::other("the job is too large"));
    }
    let mut body = Vec::new();
    jobs.take(u64::from(length)).read_to_end(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}
