//! What is decided for which message, and what every decision keeps, whatever the rules.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    Language,
    route::{Channel, ProtectionClass},
};

fn words() -> Words {
    Words { de: "Es geht um Gesundheit.".to_owned(), en: "It is about health.".to_owned() }
}

fn rule(name: &str, when: &str) -> Rule {
    Rule { name: name.to_owned(), when: when.to_owned(), class: Some(ProtectionClass::Special), says: words() }
}

fn set(conditions: &[&str]) -> RuleSet {
    let rules = conditions.iter().enumerate().map(|(n, when)| rule(&format!("rule {n}"), when)).collect();
    RuleSet::compile(rules, vec!["[vertraulich]".to_owned()]).unwrap()
}

fn problem(when: &str) -> RuleProblem {
    RuleSet::compile(vec![rule("health", when)], Vec::new()).unwrap_err().problem
}

fn with_header(name: &str, value: &str) -> Facts {
    Facts { headers: BTreeMap::from([(name.to_owned(), vec![value.to_owned()])]), ..Facts::default() }
}

fn letter() -> Facts {
    Facts {
        sender: "claims@insurer.example".to_owned(),
        recipient: "ada@customer.example".to_owned(),
        recipients: vec!["ada@customer.example".to_owned(), "bob@customer.example".to_owned()],
        headers: BTreeMap::from([("x-label".to_owned(), vec!["a".to_owned(), "health".to_owned()])]),
        subject: "Ihr ÄRZTLICHER Befund".to_owned(),
        attachments: vec![Attachment {
            name: "befund.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            size_bytes: 5000,
        }],
        size_bytes: 9000,
        authenticated: Some("claims".to_owned()),
        client_address: "10.1.0.5".to_owned(),
        ..Facts::default()
    }
}

fn codes(decision: &Decision) -> Vec<ReasonCode> {
    decision.reasons.iter().map(|reason| reason.code).collect()
}

#[test]
fn nothing_special_is_ordinary_and_goes_direct_then_deposit_c3() {
    let decision = decide(&RuleSet::none(), &letter());
    assert_eq!(decision.class, ProtectionClass::Ordinary);
    assert_eq!(codes(&decision), [ReasonCode::NothingSpecial]);
    assert_eq!(
        decision.route.steps.iter().map(|step| step.channel).collect::<Vec<_>>(),
        [Channel::Direct, Channel::Deposit]
    );
}

#[test]
fn marks_of_the_sender_are_understood_without_rules_c1() {
    let subject = |subject: &str| Facts { subject: subject.to_owned(), ..Facts::default() };
    let cases = [
        (with_header("x-siegelpost-class", " Special "), ReasonCode::HeaderSpecial),
        (with_header("x-siegelpost-class", "secret"), ReasonCode::HeaderUnknown),
        (with_header("sensitivity", "company-confidential"), ReasonCode::SensitivityConfidential),
        (subject("AW: [Vertraulich] Antrag"), ReasonCode::SubjectTag),
        (subject("[CONFIDENTIAL]"), ReasonCode::SubjectTag),
        (Facts { answers_confidential: true, ..Facts::default() }, ReasonCode::Answer),
    ];
    for (facts, code) in cases {
        let decision = decide(&RuleSet::none(), &facts);
        assert_eq!(codes(&decision), [code]);
        assert_eq!(decision.class, ProtectionClass::Special, "{code:?}");
        assert!(!decision.route.allows(Channel::Direct), "{code:?}");
    }
    let private = decide(&RuleSet::none(), &with_header("sensitivity", "Personal"));
    assert_eq!(private.class, ProtectionClass::Ordinary);
}

#[test]
fn the_header_ordinary_lowers_nothing_c1() {
    let facts = with_header("x-siegelpost-class", "ordinary");
    assert_eq!(codes(&decide(&RuleSet::none(), &facts)), [ReasonCode::HeaderOrdinary]);
    let decision = decide(&set(&["true"]), &facts);
    assert_eq!(codes(&decision), [ReasonCode::HeaderOrdinary, ReasonCode::Rule]);
    assert_eq!(decision.class, ProtectionClass::Special);
    let both = vec!["ordinary".to_owned(), "special".to_owned()];
    let facts = Facts { headers: BTreeMap::from([("x-siegelpost-class".to_owned(), both)]), ..Facts::default() };
    assert_eq!(decide(&RuleSet::none(), &facts).class, ProtectionClass::Special);
}

#[test]
fn conditions_see_every_fact() {
    for when in [
        "sender == 'claims@insurer.example' && sender_domain == 'insurer.example'",
        "recipient == 'ada@customer.example' && recipients.exists(r, r.endsWith('@customer.example'))",
        "size(recipients) == 2 && recipients.exists_one(r, r.startsWith('bob'))",
        "'x-label' in headers && headers['x-label'].exists(v, v == 'health')",
        "has(headers.subject) == false",
        "subject.lower().contains('ärztlicher')",
        "subject.matches('(?i)befund$')",
        "attachments.all(a, a.type == 'application/pdf' && a.size_bytes > 4999 && a.name.endsWith('.pdf'))",
        "size_bytes > 1000 && size_bytes < 10000",
        "client_address.startsWith('10.1.')",
        "authenticated == 'claims' && direction == 'outward' && !answers_confidential",
        "headers.exists(name, headers[name].exists(v, v == 'health'))",
    ] {
        let decision = decide(&set(&[when]), &letter());
        assert_eq!(codes(&decision), [ReasonCode::Rule], "{when}");
        assert_eq!(decision.reasons[0].rule.as_deref(), Some("rule 0"));
        assert_eq!(decision.reasons[0].words, words());
    }
}

#[test]
fn a_rule_that_fails_raises_the_class_and_is_a_reason() {
    let rules = set(&["size(attachments) > 0 && attachments[1].name == 'x'"]);
    assert_eq!(decide(&rules, &Facts::default()).class, ProtectionClass::Ordinary);
    let decision = decide(&rules, &letter());
    assert_eq!(codes(&decision), [ReasonCode::RuleFailed]);
    assert_eq!(decision.reasons[0].rule.as_deref(), Some("rule 0"));
    assert_eq!(decision.class, ProtectionClass::Special);
}

#[test]
fn a_rule_without_a_class_only_speaks() {
    let rules = vec![Rule { class: None, ..rule("note", "true") }];
    let decision = decide(&RuleSet::compile(rules, Vec::new()).unwrap(), &letter());
    assert_eq!(codes(&decision), [ReasonCode::Rule]);
    assert_eq!(decision.class, ProtectionClass::Ordinary);
}

#[test]
fn errors_name_rule_place_and_cure() {
    let error = RuleSet::compile(vec![rule("good", "true"), rule("bad", "true &&\n  sendr == 'a'")], Vec::new());
    let error = error.unwrap_err();
    assert_eq!(error.problem, RuleProblem::UnknownName { line: 2, column: 3, name: "sendr".to_owned() });
    assert!(error.to_string().starts_with("rule `bad`: line 2, column 3: there is no fact `sendr`; known are sender,"));
    assert!(matches!(problem("subject =="), RuleProblem::Syntax { line: 1, .. }));
    assert!(matches!(problem(""), RuleProblem::Syntax { .. }));
    assert!(matches!(problem("false && subject.shout() == 'A'"), RuleProblem::UnknownFunction { .. }));
    assert!(matches!(problem("size(recipients.map(r, r + r)) > 1"), RuleProblem::Builds { .. }));
    assert!(matches!(problem("size(recipients.filter(r, true)) > 1"), RuleProblem::Builds { .. }));
    assert!(matches!(problem("size({'a': 1}) > 1"), RuleProblem::Builds { .. }));
    assert_eq!(problem("subject"), RuleProblem::NotYesOrNo);
    assert!(matches!(problem("headers['x-label'][0] == 'a'"), RuleProblem::FailsOnEmpty(_)));
}

#[test]
fn limits_hold_at_their_edge() {
    let long = |bytes: usize| format!("subject == '{}'", "a".repeat(bytes - "subject == ''".len()));
    assert!(RuleSet::compile(vec![rule("a", &long(EXPRESSION_BYTES_MAX))], Vec::new()).is_ok());
    assert_eq!(problem(&long(EXPRESSION_BYTES_MAX + 1)), RuleProblem::TooLong);
    let many = |count: usize| (0..count).map(|n| rule(&n.to_string(), "false")).collect::<Vec<_>>();
    assert!(RuleSet::compile(many(RULES_MAX), Vec::new()).is_ok());
    assert_eq!(RuleSet::compile(many(RULES_MAX + 1), Vec::new()).unwrap_err().problem, RuleProblem::TooManyRules);
    let twice = RuleSet::compile(vec![rule("a", "true"), rule("a", "true")], Vec::new());
    assert_eq!(twice.unwrap_err().problem, RuleProblem::NameTaken);
    let name = |bytes| RuleSet::compile(vec![rule(&"n".repeat(bytes), "true")], Vec::new());
    assert!(name(NAME_BYTES_MAX).is_ok());
    assert_eq!(name(NAME_BYTES_MAX + 1).unwrap_err().problem, RuleProblem::Name);
    assert_eq!(name(0).unwrap_err().problem, RuleProblem::Name);
    let says = |bytes| Rule { says: Words { de: "w".repeat(bytes), ..words() }, ..rule("a", "true") };
    assert!(RuleSet::compile(vec![says(WORDS_BYTES_MAX)], Vec::new()).is_ok());
    assert_eq!(RuleSet::compile(vec![says(WORDS_BYTES_MAX + 1)], Vec::new()).unwrap_err().problem, RuleProblem::Words);
    assert_eq!(RuleSet::compile(vec![says(0)], Vec::new()).unwrap_err().problem, RuleProblem::Words);
}

#[test]
fn loops_within_loops_are_bounded() {
    let two = "recipients.exists(a, recipients.exists(b, a != b))";
    assert!(RuleSet::compile(vec![rule("a", two)], Vec::new()).is_ok());
    assert_eq!(problem("recipients.all(a, recipients.all(b, recipients.all(c, a != c)))"), RuleProblem::TooCostly);
    assert_eq!(problem("[1].all(a, [1].all(b, [1].all(c, a == c)))"), RuleProblem::TooCostly);
    let many = (0..50).map(|n| rule(&n.to_string(), two)).collect();
    assert_eq!(RuleSet::compile(many, Vec::new()).unwrap_err().problem, RuleProblem::TooCostly);
}

#[test]
fn messages_too_large_to_judge_are_special() {
    let rules = set(&["false"]);
    let recipients = |count| Facts { recipients: vec!["a@b.example".to_owned(); count], ..Facts::default() };
    assert_eq!(decide(&rules, &recipients(ITEMS_MAX)).class, ProtectionClass::Ordinary);
    let decision = decide(&rules, &recipients(ITEMS_MAX + 1));
    assert_eq!(codes(&decision), [ReasonCode::TooMuchToJudge]);
    assert_eq!(decision.class, ProtectionClass::Special);
    let subject = |bytes| Facts { subject: "s".repeat(bytes), ..Facts::default() };
    assert_eq!(decide(&rules, &subject(TEXT_BYTES_MAX)).class, ProtectionClass::Ordinary);
    assert_eq!(decide(&rules, &subject(TEXT_BYTES_MAX + 1)).class, ProtectionClass::Special);
    // Without rules nothing is judged, so that nothing is too much.
    assert_eq!(decide(&RuleSet::none(), &recipients(ITEMS_MAX + 1)).class, ProtectionClass::Ordinary);
}

#[test]
fn tags_are_removed_without_a_gap() {
    let tags = ["[vertraulich]".to_owned(), "[confidential]".to_owned()];
    for (subject, shown) in [
        ("[vertraulich] Ihr Antrag", "Ihr Antrag"),
        ("AW: [VERTRAULICH] Ihr Antrag", "AW: Ihr Antrag"),
        ("Ihr Antrag [Confidential]", "Ihr Antrag"),
        ("[vertraulich][vertraulich] a  [confidential]  b", "a b"),
        ("[ver[vertraulich]traulich] a", "[ver traulich] a"),
        ("[vertraulich]", ""),
        ("vertraulich", "vertraulich"),
        ("", ""),
    ] {
        assert_eq!(without_tags(subject, &tags), shown, "{subject}");
    }
    assert_eq!(without_tags("[STRENG GEHEIM Ü] a", &["[streng geheim ü]".to_owned()]), "a");
}

#[test]
fn impossible_tags_are_refused() {
    let error = |tags: Vec<String>| RuleSet::compile(Vec::new(), tags).unwrap_err().problem;
    assert_eq!(error(vec![" ".to_owned()]), RuleProblem::SubjectTag(NotATag::Empty));
    assert_eq!(error(vec!["t".repeat(TAG_BYTES_MAX + 1)]), RuleProblem::SubjectTag(NotATag::TooLong));
    assert_eq!(error(vec!["t".to_owned(); TAGS_MAX + 1]), RuleProblem::SubjectTag(NotATag::TooMany));
    assert!(RuleSet::compile(Vec::new(), vec!["t".repeat(TAG_BYTES_MAX); TAGS_MAX]).is_ok());
}

#[test]
fn a_decision_explains_itself_and_survives_storage_p6() {
    let decision = decide(&set(&["sender_domain == 'insurer.example'"]), &letter());
    assert_eq!(
        decision.explain(Language::De),
        "Diese Nachricht wird besonders geschützt.\nEs geht um Gesundheit.\nSie wird im Postfach des Empfängers hinterlegt."
    );
    assert_eq!(
        decision.explain(Language::En),
        "This message is specially protected.\nIt is about health.\nIt is deposited in the recipient's mailbox."
    );
    let stored = serde_json::to_string(&decision).unwrap();
    assert_eq!(
        stored,
        r#"{"version":1,"class":"special","reasons":[{"code":"rule","class":"special","rule":"rule 0","words":{"de":"Es geht um Gesundheit.","en":"It is about health."}}],"route":{"steps":[{"channel":"deposit","reason":"special-is-deposited"}]}}"#
    );
    assert_eq!(serde_json::from_str::<Decision>(&stored).unwrap(), decision);
}

/// Conditions of many kinds, some of which fail on some messages.
const CONDITIONS: [&str; 8] = [
    "true",
    "false",
    "subject.lower().contains('a')",
    "size(attachments) > 0 && attachments[1].size_bytes > 3",
    "headers.exists(name, headers[name][1] == 'x')",
    "10 / (size_bytes + 1) > 1",
    "recipients.all(r, r.matches('^[a-m]'))",
    "answers_confidential || sender_domain.endsWith('example')",
];

fn any_rules() -> impl Strategy<Value = RuleSet> {
    let class = prop_oneof![Just(None), Just(Some(ProtectionClass::Ordinary)), Just(Some(ProtectionClass::Special))];
    proptest::collection::vec((0..CONDITIONS.len(), class), 0..5).prop_map(|chosen| {
        let named = |(n, (condition, class)): (usize, (usize, _))| Rule {
            class,
            ..rule(&n.to_string(), CONDITIONS[condition])
        };
        RuleSet::compile(chosen.into_iter().enumerate().map(named).collect(), vec!["[x]".to_owned()]).unwrap()
    })
}

prop_compose! {
    fn any_facts()(
        sender in "\\PC{0,12}",
        recipients in proptest::collection::vec("[a-z]{1,3}@b\\.example", 0..4),
        headers in proptest::collection::btree_map(
            prop_oneof![Just("x-siegelpost-class".to_owned()), Just("sensitivity".to_owned()), Just("x-y".to_owned())],
            proptest::collection::vec("special|ordinary|Company-Confidential|x|\\PC{0,8}", 0..3),
            0..3,
        ),
        subject in "(\\[x\\])?\\PC{0,20}",
        sizes in proptest::collection::vec(any::<u64>(), 0..3),
        size_bytes: u64,
        answers_confidential: bool,
    ) -> Facts {
        let attachment = |size_bytes| Attachment { size_bytes, ..Attachment::default() };
        let attachments = sizes.into_iter().map(attachment).collect();
        Facts { sender, recipients, headers, subject, attachments, size_bytes, answers_confidential, ..Facts::default() }
    }
}

proptest! {
    #[test]
    fn special_never_goes_direct_c2(rules in any_rules(), facts in any_facts()) {
        let decision = decide(&rules, &facts);
        prop_assert_eq!(decision.class == ProtectionClass::Special, !decision.route.allows(Channel::Direct));
        prop_assert!(decision.route.allows(Channel::Deposit));
        let highest = decision.reasons.iter().filter_map(|reason| reason.class).max().unwrap_or_default();
        prop_assert_eq!(decision.class, highest);
        prop_assert!(!decision.reasons.is_empty());
        prop_assert_eq!(&decide(&rules, &facts), &decision);
    }

    #[test]
    fn rules_only_raise_the_class(rules in any_rules(), facts in any_facts()) {
        prop_assert!(decide(&rules, &facts).class >= decide(&RuleSet::compile(Vec::new(), vec!["[x]".to_owned()]).unwrap(), &facts).class);
    }

    #[test]
    fn no_text_breaks_the_compiler(when in "\\PC{0,60}|[a-z(){}\\[\\].,!&|?:'\"+*/<>=0-9 -]{0,80}") {
        let _ = RuleSet::compile(vec![rule("any", &when)], Vec::new());
    }

    #[test]
    fn no_subject_keeps_a_tag_and_nothing_else_is_lost(subject in "(\\[x\\]|[a-zX\\[\\] ]){0,12}") {
        let tags = ["[x]".to_owned()];
        let shown = without_tags(&subject, &tags);
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(letters(&shown.to_lowercase()), letters(&subject.to_lowercase().replace("[x]", "")));
    }
}

#[test]
fn deep_nesting_is_refused_and_not_a_crash() {
    assert!(matches!(problem(&"(".repeat(4000)), RuleProblem::Syntax { .. }));
    assert!(matches!(problem(&"[".repeat(4000)), RuleProblem::Syntax { .. }));
    assert!(RuleSet::compile(vec![rule("not not", &("!".repeat(4000) + "true"))], Vec::new()).is_ok());
    assert_eq!(problem(&("subject.a".to_owned() + &".a".repeat(2000))), RuleProblem::TooDeep);
    let sum = |terms: usize| "1+".repeat(terms) + "1 > 0";
    assert_eq!(problem(&sum(2000)), RuleProblem::TooDeep);
    // The comparison and the last term are nodes of the path too.
    assert!(RuleSet::compile(vec![rule("sum", &sum(DEPTH_MAX - 2))], Vec::new()).is_ok());
    assert_eq!(problem(&sum(DEPTH_MAX - 1)), RuleProblem::TooDeep);
    let alternatives = vec!["sender == 'a@b.example'"; 150].join(" || ");
    assert!(RuleSet::compile(vec![rule("many", &alternatives)], Vec::new()).is_ok());
}

#[test]
fn c1_headers_that_cannot_be_seen_count_as_special() {
    let facts = Facts { incomplete: true, ..Facts::default() };
    let decision = decide(&RuleSet::none(), &facts);
    assert_eq!(decision.class, ProtectionClass::Special);
    assert_eq!(decision.reasons.first().map(|reason| reason.code), Some(ReasonCode::TooMuchToJudge));
}
