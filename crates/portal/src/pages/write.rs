//! Writing to the organisation [J10]. Every button of the form saves what is typed first; files are sealed while they come in.

use app::{
    read, write,
    write::{Draft, FILES_MAX, Fields, SUBJECT_CHARS_MAX, SendError, TEXT_CHARS_MAX},
};
use axum::{extract::Path, http::StatusCode, response::Response};
use model::id::{BlobId, DeliveryId, DraftId};
use render::{
    Flash, Page, Problem,
    pages::write::{
        Answering, AttachmentLimits, DraftAttachment, Recipient, RecipientChoice, RecipientGroup, RecipientGroupKind,
        Sent, Write,
    },
    paths,
};

use super::{
    Answer, id, page,
    writing::{self, Action, Parts, Sending, Typed},
};
use crate::{form::Form, house::House, refusal::Refusal, visit::Owner};

/// Messages looked through for people who have written before.
const CORRESPONDENTS_ROWS_MAX: usize = 50;

/// The largest form with files, in bytes: twice what may be attached, so that files that are too large can be read past, and the answer says
/// which one it was.
pub(crate) fn form_bytes_max(house: &House) -> u64 {
    write::files_bytes_max(&house.app).saturating_mul(2).saturating_add(writing::TEXTS_BYTES_MAX as u64)
}

pub(crate) async fn ask(owner: Owner) -> Answer {
    draw(&owner, None, &Typed::default(), &[], None).await
}

pub(crate) async fn show(owner: Owner, Path(shown): Path<String>) -> Answer {
    let draft = load(&owner, id(&shown)?).await?;
    let typed = Typed::of(&draft);
    draw(&owner, Some(&draft), &typed, &[], None).await
}

pub(crate) async fn reply(owner: Owner, Path(shown): Path<String>, _: Form) -> Answer {
    let draft = write::begin(owner.app(), &owner.me, Some(id::<DeliveryId>(&shown)?)).await?;
    Ok(owner.visit.go(&paths::draft(draft), None))
}

pub(crate) async fn begin(owner: Owner, form: Parts) -> Answer {
    take(&owner, None, form).await
}

pub(crate) async fn change(owner: Owner, Path(shown): Path<String>, form: Parts) -> Answer {
    let draft = load(&owner, id(&shown)?).await?;
    take(&owner, Some(draft.id), form).await
}

async fn load(owner: &Owner, id: DraftId) -> Result<Draft, Refusal> {
    write::load(owner.app(), &owner.me, id).await?.ok_or(Refusal::NotFound)
}

/// Takes the form: its files while they come in, then what is typed, then what the button says.
async fn take(owner: &Owner, draft: Option<DraftId>, form: Parts) -> Answer {
    let mut sending = Sending::new(owner, draft);
    sending.receive(form).await?;
    let Sending { typed, draft, mut problems, files, genuine, .. } = sending;
    if !genuine {
        let stored = match draft {
            Some(draft) => Some(load(owner, draft).await?),
            None => None,
        };
        return draw(owner, stored.as_ref(), &typed, &[], Some(Flash::FormOutdated)).await;
    }
    let draft = match draft {
        Some(draft) => draft,
        None => write::begin(owner.app(), &owner.me, None).await?,
    };
    let fields = fields(&typed);
    too_long(&fields, &mut problems);
    write::save(owner.app(), &owner.me, draft, fields).await?.ok_or(Refusal::NotFound)?;
    if problems.is_empty() {
        match typed.action() {
            Action::Save => return Ok(owner.visit.go(&paths::draft(draft), Some(Flash::DraftSaved))),
            Action::Attach if files == 0 => problems.push(Problem::AttachmentMissing),
            Action::Attach => return Ok(owner.visit.go(&format!("{}#file", paths::draft(draft)), None)),
            Action::Remove(file) => return remove(owner, draft, file).await,
            Action::Send => match send(owner, draft, &typed).await? {
                Ok(response) => return Ok(response),
                Err(problem) => problems.push(problem),
            },
        }
    }
    let stored = load(owner, draft).await?;
    draw(owner, Some(&stored), &typed, &problems, None).await
}

fn fields(typed: &Typed) -> Fields {
    Fields { recipient: typed.chosen_address().to_owned(), subject: typed.subject.clone(), text: typed.text.clone() }
}

fn too_long(fields: &Fields, problems: &mut Vec<Problem>) {
    if fields.subject.chars().count() > SUBJECT_CHARS_MAX {
        problems.push(Problem::SubjectTooLong { characters_max: SUBJECT_CHARS_MAX });
    }
    if fields.text.chars().count() > TEXT_CHARS_MAX {
        problems.push(Problem::TextTooLong { characters_max: TEXT_CHARS_MAX });
    }
}

/// Removes a file. One that is gone already, by a second click, is gone all the same.
async fn remove(owner: &Owner, draft: DraftId, file: BlobId) -> Answer {
    write::detach(owner.app(), &owner.me, draft, file).await?;
    Ok(owner.visit.go(&format!("{}#file", paths::draft(draft)), None))
}

async fn send(owner: &Owner, draft: DraftId, typed: &Typed) -> Result<Result<Response, Problem>, Refusal> {
    match write::send(owner.app(), &owner.me, draft).await {
        Ok(sent) => Ok(Ok(owner.visit.go(&paths::sent_confirmation(sent.id), None))),
        Err(SendError::Recipient) if typed.chosen_address().is_empty() => Ok(Err(Problem::RecipientMissing)),
        Err(SendError::Recipient) => Ok(Err(Problem::RecipientUnknown)),
        Err(SendError::Empty) => Ok(Err(Problem::TextMissing)),
        Err(SendError::NotFound) => Err(Refusal::NotFound),
        Err(SendError::Trouble(trouble)) => Err(trouble.into()),
    }
}

/// Draws the form with what was typed and the files that are stored.
async fn draw(
    owner: &Owner,
    draft: Option<&Draft>,
    typed: &Typed,
    problems: &[Problem],
    outdated: Option<Flash>,
) -> Answer {
    let app = owner.app();
    let inbox =
        read::list(app, &owner.me, store::Folder::Inbox, app::read::Place::Newest, CORRESPONDENTS_ROWS_MAX).await?;
    let departments: Vec<(&str, &str)> =
        app.settings.portal.contacts.iter().map(|contact| (contact.address.as_str(), contact.name.as_str())).collect();
    let mut persons: Vec<(&str, &str)> = Vec::new();
    for entry in &inbox.entries {
        let address = entry.header.address.as_str();
        let known = departments.iter().chain(&persons).any(|(other, _)| other.eq_ignore_ascii_case(address));
        if !known && !address.is_empty() {
            persons.push((address, entry.header.shown_name()));
        }
    }
    let departments = as_choices(&departments);
    let persons = as_choices(&persons);
    let groups: Vec<RecipientGroup<'_>> =
        [(RecipientGroupKind::Departments, &departments), (RecipientGroupKind::Persons, &persons)]
            .into_iter()
            .filter(|(_, choices)| !choices.is_empty())
            .map(|(kind, choices)| RecipientGroup { kind, choices })
            .collect();
    let listed = departments.iter().chain(&persons).any(|choice| choice.value == typed.chosen_address());
    let answered = match draft.and_then(|draft| draft.answers) {
        Some(answered) => read::open(app, &owner.me, answered).await.ok().map(|opened| opened.entry),
        None => None,
    };
    let recipient = match draft.filter(|draft| draft.answers.is_some()) {
        Some(draft) => Recipient::Given { name: &draft.recipient_name, address: &draft.fields.recipient },
        None if listed || typed.chosen_address().is_empty() => {
            Recipient::Chosen { groups: &groups, chosen: &typed.recipient, typed: Some(&typed.other) }
        }
        None => Recipient::Chosen { groups: &groups, chosen: writing::TYPED, typed: Some(typed.chosen_address()) },
    };
    let files = draft.map(|draft| draft.files.as_slice()).unwrap_or_default();
    let attachments: Vec<DraftAttachment<'_>> = files
        .iter()
        .map(|file| DraftAttachment {
            id: file.blob.to_string(),
            name: &file.name,
            bytes: file.bytes,
            unscanned: file.unscanned.is_some(),
        })
        .collect();
    let ground = owner.visit.page(inbox.unread);
    let ground = Page { flash: outdated.or(ground.flash), ..ground };
    let form = Write {
        page: &ground,
        draft: draft.map(|draft| draft.id.to_string()),
        answering: answered.as_ref().map(|entry| Answering {
            id: entry.id.to_string(),
            subject: &entry.header.subject,
            at: entry.at,
        }),
        recipient,
        subject: &typed.subject,
        text: &typed.text,
        attachments: &attachments,
        saved_at: draft.map(|draft| draft.updated_at),
        limits: AttachmentLimits { count_max: FILES_MAX, bytes_max: write::files_bytes_max(app) },
        problems: problems.into(),
    };
    let mut response = page(form.html(), !problems.is_empty());
    if outdated.is_some() {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    Ok(response)
}

fn as_choices<'a>(people: &[(&'a str, &'a str)]) -> Vec<RecipientChoice<'a>> {
    people.iter().map(|(value, label)| RecipientChoice { value, label }).collect()
}

/// What happens now, after sending.
pub(crate) async fn sent(owner: Owner, Path(shown): Path<String>) -> Answer {
    let opened = read::open(owner.app(), &owner.me, id::<DeliveryId>(&shown)?).await?;
    let entry = &opened.entry;
    if entry.folder != store::Folder::Sent {
        return Err(Refusal::NotFound);
    }
    let unread = owner.unread().await?;
    let sent = Sent {
        page: &owner.visit.page(unread),
        id: shown,
        recipient: entry.header.shown_name(),
        subject: &entry.header.subject,
        attachments: opened.view.as_ref().map_or(0, |view| view.attachments.len()),
        at: entry.at,
    };
    Ok(page(sent.html(), false))
}
