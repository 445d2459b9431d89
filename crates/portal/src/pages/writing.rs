//! The form of a draft while it comes in, part by part (RFC 7578).
//!
//! Texts come first and are kept up to a limit each; files are handed on as they arrive, so that no file is ever in memory as a whole. A file that cannot be
//! taken is read past: the answer then says which one it was, and everything else that was typed is still there.

use app::write::{self, Draft, FILES_MAX, Upload, UploadError};
use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Request, multipart::Field},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt as _, stream};
use model::id::{BlobId, DraftId};
use render::Problem;
use tokio::task::yield_now;

use crate::{form::same, kept::Kept, next, refusal::Refusal, visit::Owner};

/// The longest single text of the form, in bytes: somewhat more than the longest text that is stored.
pub(crate) const TEXT_BYTES_MAX: usize = 4 * write::TEXT_CHARS_MAX + 4096;
/// All texts of a form, with what surrounds them, in bytes.
pub(crate) const TEXTS_BYTES_MAX: usize = 2 * TEXT_BYTES_MAX;
/// The most parts of a form.
const PARTS_MAX: usize = 200;
/// The value of `recipient` that means the field beside it.
pub(crate) const TYPED: &str = "typed";

/// A form in parts, read one piece of the connection at a time.
///
/// The parser takes in whatever is ready before it gives a part away. Between two pieces it is therefore told to wait, so that a fast sender cannot fill
/// the memory with a file that is not taken as fast.
pub(crate) struct Parts(Multipart);

impl<S: Send + Sync> FromRequest<S> for Parts {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let request = request.map(|body| {
            Body::from_stream(stream::unfold(body.into_data_stream(), |mut pieces| async move {
                yield_now().await;
                pieces.next().await.map(|piece| (piece, pieces))
            }))
        });
        Multipart::from_request(request, state).await.map(Self).map_err(IntoResponse::into_response)
    }
}

/// What was typed, and which button was pressed.
#[derive(Default)]
pub(crate) struct Typed {
    csrf: String,
    pub(crate) recipient: String,
    /// The address typed beside the list.
    pub(crate) other: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    button: String,
}

/// What a button says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Save,
    Attach,
    Remove(BlobId),
    Send,
}

impl Typed {
    /// What a stored draft holds.
    pub(crate) fn of(draft: &Draft) -> Self {
        let fields = draft.fields.clone();
        Self { recipient: fields.recipient, subject: fields.subject, text: fields.text, ..Self::default() }
    }

    /// The address that was chosen or typed; empty where none was.
    pub(crate) fn chosen_address(&self) -> &str {
        if self.recipient == TYPED { self.other.trim() } else { &self.recipient }
    }

    /// What to do. Without a known button it is only saved.
    pub(crate) fn action(&self) -> Action {
        match self.button.as_str() {
            "send" => Action::Send,
            "attach" => Action::Attach,
            other => {
                other.strip_prefix("remove-").and_then(|file| file.parse().ok()).map_or(Action::Save, Action::Remove)
            }
        }
    }

    fn put(&mut self, name: &str, value: String) {
        match name {
            "csrf" => self.csrf = value,
            "recipient" => self.recipient = value,
            "typed" => self.other = value,
            "subject" => self.subject = value,
            "text" => self.text = value,
            "do" => self.button = value,
            _ => {}
        }
    }
}

/// A form on its way in.
pub(crate) struct Sending<'a> {
    owner: &'a Owner,
    pub(crate) typed: Typed,
    /// The draft, once there is one.
    pub(crate) draft: Option<DraftId>,
    pub(crate) problems: Vec<Problem>,
    /// Files taken.
    pub(crate) files: usize,
    /// Whether the form was drawn for this session. Its token stands in front of everything else.
    pub(crate) genuine: bool,
}

impl<'a> Sending<'a> {
    pub(crate) fn new(owner: &'a Owner, draft: Option<DraftId>) -> Self {
        Self { owner, typed: Typed::default(), draft, problems: Vec::new(), files: 0, genuine: false }
    }

    /// Takes all of it. A form that breaks off or does not end counts up to there.
    pub(crate) async fn receive(&mut self, Parts(mut form): Parts) -> Result<(), Refusal> {
        for _ in 0..PARTS_MAX {
            let field = match form.next_field().await {
                Ok(Some(field)) => field,
                Ok(None) => return Ok(()),
                Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE && !self.genuine => {
                    let bytes_max = write::files_bytes_max(self.owner.app());
                    return Err(Refusal::TooLarge {
                        bytes_max,
                        back: next::page_of(&self.owner.visit.path).to_owned(),
                    });
                }
                Err(_) => break,
            };
            let name = field.name().unwrap_or_default().to_owned();
            if name != "file" {
                let (value, whole) = text(field).await;
                if !whole && name == "text" {
                    self.problems.push(Problem::TextTooLong { characters_max: write::TEXT_CHARS_MAX });
                }
                self.typed.put(&name, value);
                self.genuine = same(&self.typed.csrf, &self.owner.visit.csrf);
            } else if !field.file_name().unwrap_or_default().is_empty() && self.genuine {
                self.file(field).await?;
            }
        }
        self.broke_off();
        Ok(())
    }

    /// The form did not come in as a whole. Where it was too large, the file that was is named already.
    fn broke_off(&mut self) {
        if self.problems.is_empty() {
            self.problems.push(Problem::AttachmentIncomplete);
        }
    }

    /// Takes one file into the draft, or notes why not.
    async fn file(&mut self, mut field: Field<'_>) -> Result<(), Refusal> {
        let name = field.file_name().unwrap_or_default().to_owned();
        let media_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
        let app = self.owner.app();
        let draft = match self.draft {
            Some(draft) => draft,
            None => *self.draft.insert(write::begin(app, &self.owner.me, None).await?),
        };
        let mut upload = match Upload::begin(app, &self.owner.me, draft).await {
            Ok(upload) => upload,
            Err(error) => return self.not_taken(error, name),
        };
        loop {
            match field.chunk().await {
                Ok(Some(piece)) => {
                    if let Err(error) = upload.write(&piece).await {
                        return self.not_taken(error, name);
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    self.broke_off();
                    return Ok(());
                }
            }
        }
        match upload.finish(&name, &media_type).await {
            Ok(()) => {
                self.files += 1;
                Ok(())
            }
            Err(error) => self.not_taken(error, name),
        }
    }

    /// What remains of the file is read past with the next part.
    fn not_taken(&mut self, error: UploadError, name: String) -> Result<(), Refusal> {
        let bytes_max = write::files_bytes_max(self.owner.app());
        match error {
            UploadError::TooMany => self.problems.push(Problem::AttachmentsTooMany { count_max: FILES_MAX }),
            UploadError::TooLarge => self.problems.push(Problem::AttachmentTooLarge { name, bytes_max }),
            UploadError::Malware(_) => self.problems.push(Problem::AttachmentMalware { name }),
            UploadError::Unscanned => self.problems.push(Problem::AttachmentUnscanned { name }),
            UploadError::TooLargeToScan => self.problems.push(Problem::AttachmentTooLargeToScan { name }),
            UploadError::NotFound => return Err(Refusal::NotFound),
            UploadError::Trouble(trouble) => return Err(trouble.into()),
        }
        Ok(())
    }
}

/// What was typed into a form in parts, whoever sent it; its files are read past. `None` where it is no such form.
pub async fn typed_text(request: Request) -> Option<Kept> {
    let Parts(mut form) = Parts::from_request(request, &()).await.ok()?;
    let mut typed = Typed::default();
    for _ in 0..PARTS_MAX {
        let Ok(Some(field)) = form.next_field().await else { break };
        let name = field.name().unwrap_or_default().to_owned();
        if name != "file" {
            let (value, _) = text(field).await;
            typed.put(&name, value);
        }
    }
    Some(Kept { recipient: typed.chosen_address().to_owned(), subject: typed.subject, text: typed.text })
}

/// The text of a part, up to [`TEXT_BYTES_MAX`], and whether that is all of it.
async fn text(mut field: Field<'_>) -> (String, bool) {
    let mut bytes = Vec::new();
    let mut whole = true;
    while let Ok(Some(piece)) = field.chunk().await {
        let room = TEXT_BYTES_MAX.saturating_sub(bytes.len());
        whole &= piece.len() <= room;
        bytes.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
    }
    (String::from_utf8_lossy(&bytes).into_owned(), whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons() {
        let action = |button: &str| Typed { button: button.into(), ..Typed::default() }.action();
        assert_eq!(action("send"), Action::Send);
        assert_eq!(action("attach"), Action::Attach);
        let file = BlobId::from_bytes([9; 16]);
        assert_eq!(action(&format!("remove-{file}")), Action::Remove(file));
        for other in ["", "save", "remove-", "remove-x", "remove-1", "SEND"] {
            assert_eq!(action(other), Action::Save, "{other}");
        }
    }

    #[test]
    fn the_address_is_chosen_or_typed() {
        let typed = |recipient: &str, other: &str| Typed {
            recipient: recipient.into(),
            other: other.into(),
            ..Typed::default()
        };
        assert_eq!(typed("a@b.example", "c@d.example").chosen_address(), "a@b.example");
        assert_eq!(typed(TYPED, " c@d.example ").chosen_address(), "c@d.example");
        assert_eq!(typed("", "c@d.example").chosen_address(), "");
    }
}
