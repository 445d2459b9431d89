//! A rich story for the tests that look at everything it leaves behind, with the words nobody may find there.

use app::{
    account, export, read, session,
    sign_in::{Request, sign_in},
    write::{self, Fields, Upload},
};
use model::Language;
use store::Folder;

use crate::{
    house::{ADA, ANSWER, CLAIMS, House, PASSWORD, QUESTION, refused},
    mails::{special, with_files},
};

pub(crate) const SUBJECT: &str = "Befund Rheumatologie Quartal drei";
pub(crate) const BODY: &str = "Die Entzuendungswerte sind deutlich gesunken";
pub(crate) const FILE_NAME: &str = "laborblatt-4711.pdf";
pub(crate) const FILE_BYTES: &[u8] = b"Hamsterrad-Messreihe 0815, CRP 3,2 mg/l";
pub(crate) const ANSWER_TEXT: &str = "Vielen Dank, ich nehme den Termin am Donnerstag";
pub(crate) const ANSWER_SUBJECT: &str = "Terminwunsch Donnerstagnachmittag";
pub(crate) const UPLOAD_NAME: &str = "ueberweisung-hausarzt.txt";
pub(crate) const UPLOAD_BYTES: &[u8] = b"Ueberweisungsschein Orthopaedie Sprunggelenk";
pub(crate) const NEW_PASSWORD: &str = "Neun Dachse graben leise Tunnel";
pub(crate) const DRAFT_TEXT: &str = "Diesen Satz hat noch niemand gelesen";
pub(crate) const WRONG_PASSWORD: &str = "Zehn Zebras zaehlen falsch";

/// What happened, with the secrets that came up on the way.
pub(crate) struct Story {
    /// Texts that must be found nowhere at rest, each with its name.
    pub(crate) secrets: Vec<(&'static str, Vec<u8>)>,
}

/// Everything a customer does, and what goes wrong beside it.
pub(crate) async fn tell(house: &House) -> Story {
    let app = &house.app;
    let filler = "Noch eine Zeile ueber Gelenke. ".repeat(12_000);
    let files: [(&str, &str, &[u8]); 2] =
        [(FILE_NAME, "application/pdf", FILE_BYTES), ("anhang.bin", "application/octet-stream", filler.as_bytes())];
    house.accept(&with_files(&format!("[vertraulich] {SUBJECT}"), BODY, &files), &[ADA]).await;
    house.accept(&special(SUBJECT, BODY), &["wartet@kunde.example"]).await;
    house.pump().await;
    let link = house.notice(ADA).link("activate");
    let pending_link = house.notice("wartet@kunde.example").link("activate");
    let owner = house.activate(&link).await;
    let id = house.newest(&owner, Folder::Inbox).await;
    read::open(app, &owner, id).await.unwrap();
    read::attachment(app, &owner, id, 0).await.unwrap();
    house.eml(&owner, id).await;
    export::zip(app, &owner, id).await.unwrap();
    answer(house, &owner, id).await;
    house.accept(&special(SUBJECT, BODY), &[ADA]).await;
    house.pump().await;
    let notice_link = house.notice(ADA).link("notices");
    let request = |password| Request { address: ADA, password, source: "192.0.2.0/24", agent: "Firefox", device: None };
    sign_in(app, request(WRONG_PASSWORD)).await.unwrap_err();
    let entered = sign_in(app, request(PASSWORD)).await.unwrap();
    let second = house.signed_in(&entered.cookie).await;
    account::change_password(app, &second, PASSWORD, NEW_PASSWORD, NEW_PASSWORD).await.unwrap();
    account::change_question(app, &second, NEW_PASSWORD, QUESTION, ANSWER).await.unwrap();
    account::change_language(app, &second, Language::En).await.unwrap();
    let third = sign_in(app, request(NEW_PASSWORD)).await.unwrap();
    session::sign_out_elsewhere(app, &second).await.unwrap();
    house.accept(&special(SUBJECT, BODY), &[ADA]).await;
    house.pump().await;
    let last = house.newest(&second, Folder::Inbox).await;
    app::delete::message(app, &second, last).await.unwrap();
    // Mail that waits: a notice that is deferred, and an ordinary mail that is refused and deposited.
    house.answers(
        |parcel| if parcel.kind == store::OutgoingKind::Direct { refused("5.1.1") } else { crate::house::deferred() },
    );
    house.accept(&crate::mails::mail(SUBJECT, BODY, ""), &[ADA]).await;
    house.pump().await;
    let text = |text: &str| text.as_bytes().to_vec();
    Story {
        secrets: vec![
            ("subject", text(SUBJECT)),
            ("body", text(BODY)),
            ("attachment name", text(FILE_NAME)),
            ("attachment", FILE_BYTES.to_vec()),
            ("answer", text(ANSWER_TEXT)),
            ("subject of the answer", text(ANSWER_SUBJECT)),
            ("uploaded name", text(UPLOAD_NAME)),
            ("upload", UPLOAD_BYTES.to_vec()),
            ("draft", text(DRAFT_TEXT)),
            ("password", text(PASSWORD)),
            ("new password", text(NEW_PASSWORD)),
            ("wrong password", text(WRONG_PASSWORD)),
            ("security question", text(QUESTION)),
            ("security answer", text(ANSWER)),
            ("security answer in normal form", text(&ANSWER.to_lowercase())),
            ("activation link", text(&link)),
            ("open activation link", text(&pending_link)),
            ("notice link", text(&notice_link)),
            ("session cookie", text(&entered.cookie)),
            ("other session cookie", text(&third.cookie)),
            ("device cookie", text(&entered.device)),
            ("form token", text(&second.form_token)),
        ],
    }
}

async fn answer(house: &House, owner: &session::SignedIn, question: model::id::DeliveryId) {
    let app = &house.app;
    let id = write::begin(app, owner, Some(question)).await.unwrap();
    let fields = Fields { recipient: CLAIMS.into(), subject: ANSWER_SUBJECT.into(), text: ANSWER_TEXT.into() };
    write::save(app, owner, id, fields.clone()).await.unwrap();
    let mut upload = Upload::begin(app, owner, id).await.unwrap();
    upload.write(UPLOAD_BYTES).await.unwrap();
    upload.finish(UPLOAD_NAME, "text/plain").await.unwrap();
    write::send(app, owner, id).await.unwrap();
    let unsent = write::begin(app, owner, None).await.unwrap();
    write::save(app, owner, unsent, Fields { text: DRAFT_TEXT.into(), ..fields }).await.unwrap();
    let mut upload = Upload::begin(app, owner, unsent).await.unwrap();
    upload.write(&UPLOAD_BYTES.repeat(10_000)).await.unwrap();
    upload.finish(UPLOAD_NAME, "text/plain").await.unwrap();
}
