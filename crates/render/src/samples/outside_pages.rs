//! Pages for those who are not signed in.

use jiff::SignedDuration;
use model::Language;

use super::{ADDRESS, PageSample, moment, outside};
use crate::{
    Problem,
    brand::Brand,
    form::{Guessable, Problems},
    page::Page,
    pages::{
        access::{SignIn, SignInReason, SignedOut},
        activation::{
            FinishStep, Landing, LinkHelp, ListedQuestion, PasswordStep, Question, QuestionFields, QuestionStep,
        },
        reading::{Accessibility, Help, Imprint, Privacy},
        trouble::{Failure, FormOutdated, Maintenance, NoSuchMessage, NotFound, TooLarge},
    },
};

const LONG: &str = "Rückfrage zu Ihrer Leistungsabrechnung vom 3. November 2026 und den nachgereichten Unterlagen der \
                    Gemeinschaftspraxis am Marktplatz: bitte um Bestätigung bis Monatsende";

pub(super) fn pages(brand: &Brand, language: Language) -> Vec<PageSample> {
    let page = &outside(brand, language);
    let mut all = access(page);
    all.extend(activation(page));
    all.extend(reading(page));
    all.extend(trouble(page));
    all
}

fn sample(name: &'static str, html: String) -> PageSample {
    PageSample { name, html }
}

fn access(page: &Page<'_>) -> Vec<PageSample> {
    let came = SignIn {
        page,
        address: "",
        next: "",
        reason: SignInReason::Came,
        problems: Problems::default(),
        wait_until: None,
    };
    let refused = [Problem::SignInRefused];
    let missing = [Problem::AddressMissing, Problem::AddressMalformed, Problem::PasswordMissing];
    let with = |reason| SignIn { address: ADDRESS, next: "/messages/x", reason, ..came };
    vec![
        sample("sign-in", came.html()),
        sample("sign-in-message", with(SignInReason::Message).html()),
        sample("sign-in-active", with(SignInReason::Active).html()),
        sample("session-over", with(SignInReason::SessionOver).html()),
        sample("sign-in-refused", SignIn { problems: Problems(&refused), ..with(SignInReason::Came) }.html()),
        sample("sign-in-missing", SignIn { problems: Problems(&missing), ..came }.html()),
        sample("sign-in-wait", SignIn { wait_until: Some(moment()), ..with(SignInReason::Came) }.html()),
        sample("signed-out", SignedOut { page, everywhere: false }.html()),
        sample("signed-out-everywhere", SignedOut { page, everywhere: true }.html()),
    ]
}

fn activation(page: &Page<'_>) -> Vec<PageSample> {
    let at = moment();
    let activate_by = at + SignedDuration::from_hours(24 * 39);
    let landing = Landing {
        page,
        address: ADDRESS,
        sender: "Max Muster",
        subject: Some("Ihre Abrechnung"),
        sent_at: at,
        activate_by,
    };
    let no_problem = Problems::default();
    let mut weak = vec![
        Problem::PasswordTooShort { characters: 9, characters_min: 15 },
        Problem::PasswordTooLong { characters_max: 256 },
        Problem::PasswordUnchanged,
        Problem::PasswordsDiffer,
    ];
    weak.extend(Guessable::ALL.map(Problem::PasswordGuessable));
    let short = [Problem::PasswordTooShort { characters: 14, characters_min: 15 }];
    let question = [
        Problem::QuestionMissing,
        Problem::OwnQuestionMissing,
        Problem::OwnQuestionTooLong { characters_max: 200 },
        Problem::OwnQuestionUnprintable,
        Problem::AnswerMissing,
        Problem::AnswerTooShort { characters_min: 3 },
        Problem::AnswerTooLong { characters_max: 200 },
        Problem::AnswerGuessable,
    ];
    let own =
        QuestionFields { question: Some(Question::Own("Wo?")), own: "Wo?", answer: "<b>\"da\"</b>", answered: true };
    let finish = FinishStep {
        page,
        address: ADDRESS,
        question: Question::Listed(ListedQuestion::Teacher),
        language: page.language,
    };
    vec![
        sample("activation-landing", landing.html()),
        sample(
            "activation-landing-long",
            Landing {
                subject: Some(LONG),
                sender: "Prof. Dr. med. habil. Hadubrand-Friedrich von Hohenstaufen-Sonnenburg zu Musterstein",
                ..landing
            }
            .html(),
        ),
        sample(
            "activation-landing-hidden",
            Landing { page, address: ADDRESS, sender: "Max Muster", subject: None, sent_at: at, activate_by }.html(),
        ),
        sample(
            "activation-password",
            PasswordStep { page, address: ADDRESS, characters_min: 15, chosen: false, problems: no_problem }.html(),
        ),
        sample(
            "activation-password-short",
            PasswordStep { page, address: ADDRESS, characters_min: 15, chosen: false, problems: Problems(&short) }
                .html(),
        ),
        sample(
            "activation-password-weak",
            PasswordStep { page, address: ADDRESS, characters_min: 15, chosen: true, problems: Problems(&weak) }.html(),
        ),
        sample(
            "activation-question",
            QuestionStep { page, fields: QuestionFields::default(), problems: no_problem }.html(),
        ),
        sample("activation-question-wrong", QuestionStep { page, fields: own, problems: Problems(&question) }.html()),
        sample("activation-finish", finish.html()),
        sample("activation-help", LinkHelp { page }.html()),
    ]
}

fn reading(page: &Page<'_>) -> Vec<PageSample> {
    let mut all = vec![sample("help", Help { page }.html()), sample("accessibility", Accessibility { page }.html())];
    if let Some(text) = &page.brand.imprint {
        all.push(sample("imprint", Imprint { page, text }.html()));
    }
    if let Some(text) = &page.brand.privacy {
        all.push(sample("privacy", Privacy { page, text }.html()));
    }
    all
}

fn trouble(page: &Page<'_>) -> Vec<PageSample> {
    let at = moment();
    vec![
        sample("not-found", NotFound { page }.html()),
        sample("no-such-message", NoSuchMessage { page, deleted_at: None }.html()),
        sample("no-such-message-deleted", NoSuchMessage { page, deleted_at: Some(at) }.html()),
        sample("form-outdated", FormOutdated { page, back: "/sign-in" }.html()),
        sample("too-large", TooLarge { page, bytes_max: 25_000_000, back: "/drafts" }.html()),
        sample("maintenance", Maintenance { page }.html()),
        sample("failure", Failure { page, operation: "K7PW-3MQX" }.html()),
    ]
}
