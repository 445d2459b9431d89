//! The facts under the names that conditions use, made only when a condition asks for them.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use cel::{
    Context, Env, Value,
    common::{
        types::{CelBool, CelInt, CelString},
        value::{CowVal, Val},
    },
    context::VariableResolver,
    objects::{Key, Map},
};

use super::Facts;

/// Every name that a condition can use.
pub(super) const NAMES: [&str; 12] = [
    "sender",
    "sender_domain",
    "authenticated",
    "client_address",
    "direction",
    "recipient",
    "recipients",
    "subject",
    "headers",
    "attachments",
    "size_bytes",
    "answers_confidential",
];

/// Resolves names to facts. Texts are borrowed; lists and maps are built once, and only if a condition names them.
pub(super) struct Names<'a> {
    facts: &'a Facts,
    recipients: OnceLock<Option<Box<dyn Val>>>,
    headers: OnceLock<Option<Box<dyn Val>>>,
    attachments: OnceLock<Option<Box<dyn Val>>>,
}

impl<'a> Names<'a> {
    pub(super) const fn new(facts: &'a Facts) -> Self {
        Self { facts, recipients: OnceLock::new(), headers: OnceLock::new(), attachments: OnceLock::new() }
    }

    /// The context in which conditions are evaluated.
    pub(super) fn context<'b>(&'b self, language: &Arc<Env>) -> Context<'b, 'b> {
        let mut context = Context::with_env(Arc::clone(language));
        context.set_variable_resolver(self);
        context
    }
}

impl VariableResolver for Names<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let facts = self.facts;
        match name {
            "sender" => Some(text(&facts.sender)),
            "sender_domain" => Some(text(facts.sender_domain())),
            "authenticated" => Some(text(facts.authenticated.as_deref().unwrap_or_default())),
            "client_address" => Some(text(&facts.client_address)),
            "direction" => Some(text(facts.direction.word())),
            "recipient" => Some(text(&facts.recipient)),
            "recipients" => kept(&self.recipients, || texts(&facts.recipients)),
            "subject" => Some(text(&facts.subject)),
            "headers" => kept(&self.headers, || headers(facts)),
            "attachments" => kept(&self.attachments, || attachments(facts)),
            "size_bytes" => Some(CowVal::owned(CelInt::from(integer(facts.size_bytes)))),
            "answers_confidential" => Some(CowVal::owned(CelBool::from(facts.answers_confidential))),
            _ => None,
        }
    }
}

fn text(text: &str) -> CowVal<'_, '_> {
    CowVal::owned(CelString::from(text))
}

/// The value built by `build`, the first time it is asked for.
fn kept(place: &OnceLock<Option<Box<dyn Val>>>, build: impl FnOnce() -> Value) -> Option<CowVal<'_, '_>> {
    let value = place.get_or_init(|| build().try_into().ok()).as_ref()?;
    Some(CowVal::Borrowed(value.as_ref()))
}

fn integer(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn texts(texts: &[String]) -> Value {
    Value::List(Arc::new(texts.iter().map(|text| Value::from(text.as_str())).collect()))
}

fn map(entries: HashMap<Key, Value>) -> Value {
    Value::Map(Map { map: Arc::new(entries) })
}

fn headers(facts: &Facts) -> Value {
    map(facts.headers.iter().map(|(name, values)| (Key::from(name.as_str()), texts(values))).collect())
}

fn attachments(facts: &Facts) -> Value {
    let one = |attachment: &super::Attachment| {
        map(HashMap::from([
            (Key::from("name"), Value::from(attachment.name.as_str())),
            (Key::from("type"), Value::from(attachment.media_type.as_str())),
            (Key::from("size_bytes"), Value::Int(integer(attachment.size_bytes))),
        ]))
    };
    Value::List(Arc::new(facts.attachments.iter().map(one).collect()))
}
