//! Writing to the organisation, and what comes back.

use app::{
    outgoing::Destination,
    read,
    session::SignedIn,
    write::{self, FILES_MAX, Fields, SendError, Upload, UploadError},
};
use model::id::DraftId;
use store::{Folder, OutgoingKind};

use crate::{
    house::{ADA, CLAIMS, House, on_both},
    mails::{mail, special},
};

on_both! {
    j10_j11_an_answer_goes_out_threaded_with_its_files
    j10_a_draft_outlives_its_session
    j10_sending_twice_sends_once
    j10_only_people_of_the_organisation
    j10_files_have_limits
    j10_files_stay_in_the_order_they_were_added
    j10_an_answer_that_fails_says_so
    c1_the_organisations_answer_is_confidential_again
    c1_answers_to_others_lead_to_no_mailbox
}

async fn draft(house: &House, owner: &SignedIn, recipient: &str, subject: &str, text: &str) -> DraftId {
    let id = write::begin(&house.app, owner, None).await.unwrap();
    let fields = Fields { recipient: recipient.into(), subject: subject.into(), text: text.into() };
    write::save(&house.app, owner, id, fields).await.unwrap().expect("a draft");
    id
}

async fn upload(house: &House, owner: &SignedIn, id: DraftId, name: &str, bytes: &[u8]) -> Result<(), UploadError> {
    let mut upload = Upload::begin(&house.app, owner, id).await?;
    for piece in bytes.chunks(10_000) {
        upload.write(piece).await?;
    }
    upload.finish(name, "application/octet-stream").await
}

async fn j10_j11_an_answer_goes_out_threaded_with_its_files(house: &House) {
    let owner = house.ada().await;
    let raw = special("[vertraulich] Rückfrage", "Bitte antworten.");
    let asked = mime::head::Head::read(&raw).message_id.clone().unwrap();
    house.advance(jiff::SignedDuration::from_secs(1));
    house.accept(&raw, &[ADA]).await;
    house.pump().await;
    let question = house.newest(&owner, Folder::Inbox).await;
    let id = write::begin(&house.app, &owner, Some(question)).await.unwrap();
    let begun = write::load(&house.app, &owner, id).await.unwrap().unwrap();
    assert_eq!((begun.fields.recipient.as_str(), begun.fields.subject.as_str()), (CLAIMS, "Re: Rückfrage"));
    let fields = Fields {
        recipient: "böse@anderswo.example".into(),
        subject: "Re: Rückfrage".into(),
        text: "Gern, äh, ja!".into(),
    };
    write::save(&house.app, &owner, id, fields).await.unwrap();
    let large: Vec<u8> = (0..150_000_u32).flat_map(u32::to_le_bytes).collect();
    upload(house, &owner, id, "klein.txt", b"klein").await.unwrap();
    upload(house, &owner, id, "../../falsch.txt", b"weg damit").await.unwrap();
    upload(house, &owner, id, "groß.bin", &large).await.unwrap();
    let files = write::load(&house.app, &owner, id).await.unwrap().unwrap().files;
    assert_eq!(files.len(), 3);
    let wrong = files.iter().find(|file| file.name.contains("falsch")).unwrap();
    assert!(!wrong.name.contains('/'), "{}", wrong.name);
    assert!(write::detach(&house.app, &owner, id, wrong.blob).await.unwrap());
    assert!(!write::detach(&house.app, &owner, id, wrong.blob).await.unwrap());

    let sent = write::send(&house.app, &owner, id).await.unwrap();
    assert_eq!((sent.files, sent.header.address.as_str()), (2, CLAIMS), "the recipient of an answer cannot be changed");
    house.pump().await;
    let left = house.left(OutgoingKind::Reply);
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].destination, left[0].to.as_str()), (Destination::Organisation, CLAIMS));
    assert!(left[0].from.ends_with("@musterkasse.example"), "the reverse-path is ours: {}", left[0].from);
    let head = mime::head::Head::read(&left[0].bytes);
    assert_eq!((&head.in_reply_to, &head.references), (&vec![asked.clone()], &vec![asked]));
    let from = head.author().unwrap();
    assert!(from.address.starts_with("r+") && from.address.ends_with("@musterkasse.example"));
    assert!(from.address.split('@').next().unwrap().len() <= 64, "RFC 5321 section 4.5.3.1.1");
    assert_eq!(from.name.as_deref(), Some(ADA));
    assert_eq!(head.reply_to[0].address, ADA);
    let view = mime::view::MessageView::read(&left[0].bytes).unwrap();
    assert!(view.text.as_deref().unwrap().contains("Gern, äh, ja!"));
    let bytes: Vec<_> = (0..2).map(|index| view.attachment_bytes(index).unwrap().into_owned()).collect();
    assert!(bytes == [b"klein".to_vec(), large], "the files arrive as they were uploaded");

    assert!(
        write::load(&house.app, &owner, id).await.unwrap().is_none()
            && write::drafts(&house.app, &owner).await.unwrap().is_empty()
    );
    let list = read::list(&house.app, &owner, Folder::Sent, read::Place::Newest, 10).await.unwrap();
    assert_eq!(list.entries.len(), 1);
    let entry = &list.entries[0];
    assert_eq!((entry.header.subject.as_str(), entry.unread, entry.has_attachments), ("Re: Rückfrage", false, true));
    assert_eq!(entry.outcome.as_deref(), Some("delivered"));
    assert_eq!(house.eml(&owner, entry.id).await, left[0].bytes, "the copy is what was sent");
    assert_eq!(read::open(&house.app, &owner, entry.id).await.unwrap().view.unwrap().attachments.len(), 2);
    let answered =
        house.app.store.read().await.unwrap().deliveries().find(question).await.unwrap().unwrap().answered_at;
    assert!(answered.is_some());
}

async fn j10_files_stay_in_the_order_they_were_added(house: &House) {
    let owner = house.ada().await;
    let id = draft(house, &owner, CLAIMS, "Viele Dateien", "anbei").await;
    let mut names: Vec<String> = (0..12).map(|number| format!("Seite {number}.txt")).collect();
    for name in &names {
        upload(house, &owner, id, name, name.as_bytes()).await.unwrap();
    }
    let files = async || write::load(&house.app, &owner, id).await.unwrap().unwrap().files;
    let listed = async || files().await.into_iter().map(|file| file.name).collect::<Vec<_>>();
    assert_eq!(listed().await, names, "all of them came in the same millisecond");
    for _ in 0..2 {
        let file = files().await[names.len() - 1].blob;
        assert!(write::detach(&house.app, &owner, id, file).await.unwrap());
        names.pop();
    }
    assert!(write::detach(&house.app, &owner, id, files().await[2].blob).await.unwrap());
    names.remove(2);
    names.push("Nachtrag.txt".to_owned());
    upload(house, &owner, id, "Nachtrag.txt", b"zuletzt").await.unwrap();
    assert_eq!(listed().await, names);
    write::send(&house.app, &owner, id).await.unwrap();
    house.pump().await;
    let left = house.left(OutgoingKind::Reply);
    let view = mime::view::MessageView::read(&left[0].bytes).unwrap();
    assert_eq!(view.attachments.iter().map(|file| file.name.clone()).collect::<Vec<_>>(), names);
}

async fn j10_a_draft_outlives_its_session(house: &House) {
    let owner = house.ada().await;
    let id = draft(house, &owner, CLAIMS, "Entwurf", "noch nicht fertig").await;
    upload(house, &owner, id, "a.txt", b"eins").await.unwrap();
    app::session::sign_out(&house.app, &owner).await.unwrap();
    let request =
        app::sign_in::Request { address: ADA, password: crate::house::PASSWORD, source: "x", agent: "", device: None };
    let entered = app::sign_in::sign_in(&house.app, request).await.unwrap();
    let owner = house.signed_in(&entered.cookie).await;
    let drafts = write::drafts(&house.app, &owner).await.unwrap();
    assert_eq!((drafts.len(), drafts[0].1, drafts[0].0.fields.text.as_str()), (1, 1, "noch nicht fertig"));
    assert!(
        write::discard(&house.app, &owner, id).await.unwrap() && !write::discard(&house.app, &owner, id).await.unwrap()
    );
    assert_eq!(write::send(&house.app, &owner, id).await.err(), Some(SendError::NotFound));
    assert_eq!(upload(house, &owner, id, "b.txt", b"zwei").await, Err(UploadError::NotFound));
}

async fn j10_sending_twice_sends_once(house: &House) {
    let owner = house.ada().await;
    let id = draft(house, &owner, CLAIMS, "Einmal", "nur einmal").await;
    let (a, b) = tokio::join!(write::send(&house.app, &owner, id), write::send(&house.app, &owner, id));
    let (a, b) = (a.err(), b.err());
    assert!(matches!((&a, &b), (None, Some(SendError::NotFound)) | (Some(SendError::NotFound), None)), "{a:?} {b:?}");
    house.pump().await;
    assert_eq!(house.left(OutgoingKind::Reply).len(), 1);
    assert_eq!(read::list(&house.app, &owner, Folder::Sent, read::Place::Newest, 10).await.unwrap().entries.len(), 1);
}

async fn j10_only_people_of_the_organisation(house: &House) {
    let owner = house.ada().await;
    for (recipient, allowed) in [
        ("irgendwer@musterkasse.example", true),
        ("Service@Partner.example", true),
        ("anderer@partner.example", false),
        ("ada@kunde.example", false),
        ("musterkasse.example", false),
        ("x@musterkasse.example\r\nBcc: y@kunde.example", false),
        ("", false),
    ] {
        let id = draft(house, &owner, recipient, "Frage", "Text").await;
        let error = write::send(&house.app, &owner, id).await.err();
        assert_eq!(error, if allowed { None } else { Some(SendError::Recipient) }, "{recipient}");
    }
    let id = draft(house, &owner, CLAIMS, "Leer", " \n ").await;
    assert_eq!(write::send(&house.app, &owner, id).await.err(), Some(SendError::Empty));
    let id = draft(house, &owner, CLAIMS, "Zeile\r\nBcc: x@y.example", "Text").await;
    write::send(&house.app, &owner, id).await.unwrap();
    house.pump().await;
    let left = house.left(OutgoingKind::Reply).pop().unwrap();
    assert_eq!(
        mime::head::Head::read(&left.bytes).fields().all("bcc").count(),
        0,
        "no line of ours is made by a writer"
    );
}

async fn j10_files_have_limits(house: &House) {
    let owner = house.ada().await;
    let id = draft(house, &owner, CLAIMS, "Viel", "Text").await;
    let most = usize::try_from(write::files_bytes_max(&house.app)).unwrap();
    assert_eq!(upload(house, &owner, id, "zu groß", &vec![0; most + 1]).await, Err(UploadError::TooLarge));
    upload(house, &owner, id, "passt", &vec![0; most]).await.unwrap();
    assert_eq!(upload(house, &owner, id, "keins mehr", b"x").await, Err(UploadError::TooLarge));
    write::send(&house.app, &owner, id).await.unwrap();
    let id = draft(house, &owner, CLAIMS, "Viele", "Text").await;
    // Two at the same time, each of which would fit alone.
    let mut uploads = Vec::new();
    for _ in 0..2 {
        let mut upload = Upload::begin(&house.app, &owner, id).await.unwrap();
        upload.write(&vec![1; most]).await.unwrap();
        uploads.push(upload);
    }
    let second = uploads.pop().unwrap();
    uploads.pop().unwrap().finish("eins", "text/plain").await.unwrap();
    assert_eq!(second.finish("zwei", "text/plain").await, Err(UploadError::TooLarge));
    let id = draft(house, &owner, CLAIMS, "Viele", "Text").await;
    for number in 0..FILES_MAX {
        upload(house, &owner, id, &format!("{number}.txt"), b"").await.unwrap();
    }
    assert_eq!(upload(house, &owner, id, "eine zu viel", b"").await, Err(UploadError::TooMany));
}

async fn j10_an_answer_that_fails_says_so(house: &House) {
    let owner = house.ada().await;
    let id = draft(house, &owner, CLAIMS, "Weg", "Text").await;
    house.answers(|_| crate::house::refused("5.1.1"));
    write::send(&house.app, &owner, id).await.unwrap();
    house.pump().await;
    let list = read::list(&house.app, &owner, Folder::Sent, read::Place::Newest, 10).await.unwrap();
    assert_eq!(list.entries[0].outcome.as_deref(), Some("failed"));
    house.eml(&owner, list.entries[0].id).await;
}

async fn c1_the_organisations_answer_is_confidential_again(house: &House) {
    let owner = house.ada().await;
    let id = draft(house, &owner, CLAIMS, "Frage", "Text").await;
    write::send(&house.app, &owner, id).await.unwrap();
    house.pump().await;
    let left = house.left(OutgoingKind::Reply).pop().unwrap();
    let head = mime::head::Head::read(&left.bytes);
    let mail_id = head.message_id.clone().unwrap();
    let reply_address = head.author().unwrap().address.clone();
    let answers = [
        (mail("AW: Frage", "geheim", &format!("In-Reply-To: <{mail_id}>\r\n")), ADA.to_owned()),
        (mail("AW: AW: Frage", "geheim", &format!("References: <a@b.example> <{mail_id}>\r\n")), ADA.to_owned()),
        (mail("Neues Thema", "geheim", ""), reply_address.clone()),
        (mail("Neues Thema", "geheim", ""), reply_address.to_uppercase()),
    ];
    for (raw, to) in &answers {
        house.accept(raw, &[to]).await;
        house.pump().await;
    }
    assert!(house.left(OutgoingKind::Direct).is_empty());
    let list = read::list(&house.app, &owner, Folder::Inbox, read::Place::Newest, 10).await.unwrap();
    assert_eq!(list.entries.len(), 1 + answers.len());
}

async fn c1_answers_to_others_lead_to_no_mailbox(house: &House) {
    let owner = house.ada().await;
    let id = draft(house, &owner, CLAIMS, "Frage", "Text").await;
    write::send(&house.app, &owner, id).await.unwrap();
    house.pump().await;
    let sent = house.left(OutgoingKind::Reply).pop().unwrap();
    let mail_id = mime::head::Head::read(&sent.bytes).message_id.clone().unwrap();
    // Somebody forwards ada's thread to bob: confidential for bob too, and nothing of it reaches ada.
    house.accept(&mail("WG: Frage", "x", &format!("In-Reply-To: <{mail_id}>\r\n")), &["bob@kunde.example"]).await;
    // An answer to a mail nobody here wrote is ordinary.
    house.accept(&mail("AW: fremd", "x", "In-Reply-To: <fremd@anderswo.example>\r\n"), &["bob@kunde.example"]).await;
    house.pump().await;
    assert_eq!(read::list(&house.app, &owner, Folder::Inbox, read::Place::Newest, 10).await.unwrap().entries.len(), 1);
    assert_eq!(house.left(OutgoingKind::Direct).len(), 1);
    assert!(house.notice("bob@kunde.example").text().contains("WG: Frage"));
}
