//! The rules of the organisation.

use std::{collections::BTreeSet, fmt, sync::Arc};

use cel::{Env, Program, Value};
use serde::{Deserialize, Serialize};

use super::{
    Facts, Reason, ReasonCode,
    compile::{self, RuleError, RuleProblem},
    names::Names,
    tags,
};
use crate::{Language, route::ProtectionClass};

/// The most rules.
pub const RULES_MAX: usize = 1000;
/// The longest condition, in bytes.
pub const EXPRESSION_BYTES_MAX: usize = 4096;
/// The longest name of a rule, in bytes.
pub const NAME_BYTES_MAX: usize = 128;
/// The longest explanation in one language, in bytes.
pub const WORDS_BYTES_MAX: usize = 1000;
/// The most steps that all rules together can take.
pub const STEPS_MAX: u64 = 10_000_000;

/// Plain words in every language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// In German.
    pub de: String,
    /// In English.
    pub en: String,
}

impl Words {
    /// The words in `language`.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::De => &self.de,
            Language::En => &self.en,
        }
    }
}

/// A rule, as written in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, unique: stored with every decision that it took part in.
    pub name: String,
    /// The condition, in CEL; see the module documentation of [`super`].
    pub when: String,
    /// The class it asks for. Without one, the rule only adds its words to the reasons.
    #[serde(default)]
    pub class: Option<ProtectionClass>,
    /// What it says to a person.
    pub says: Words,
}

/// Rules ready to be evaluated, and the subject tags.
pub struct RuleSet {
    rules: Vec<(Rule, Program)>,
    subject_tags: Vec<String>,
    language: Arc<Env>,
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rules.iter().map(|(rule, _)| rule)).finish()
    }
}

impl RuleSet {
    /// Checks and compiles rules. Each is also tried on an empty message, so that a condition that only works on messages
    /// with some header is found here and not there.
    pub fn compile(rules: Vec<Rule>, subject_tags: Vec<String>) -> Result<Self, RuleError> {
        tags::check(&subject_tags)
            .map_err(|problem| RuleError { rule: String::new(), problem: RuleProblem::SubjectTag(problem) })?;
        if rules.len() > RULES_MAX {
            return Err(RuleError { rule: String::new(), problem: RuleProblem::TooManyRules });
        }
        let language = Arc::new(compile::language());
        let (mut names, mut steps) = (BTreeSet::new(), 0_u64);
        let mut compiled = Vec::with_capacity(rules.len());
        for rule in rules {
            let fail = |problem| RuleError { rule: rule.name.clone(), problem };
            if !names.insert(rule.name.clone()) {
                return Err(fail(RuleProblem::NameTaken));
            }
            let (program, rule_steps) = compile::compile(&language, &rule).map_err(fail)?;
            steps = steps.saturating_add(rule_steps);
            if steps > STEPS_MAX {
                return Err(fail(RuleProblem::TooCostly));
            }
            let nothing = Facts::default();
            match program.execute(&Names::new(&nothing).context(&language)) {
                Ok(Value::Bool(_)) => {}
                Ok(_) => return Err(fail(RuleProblem::NotYesOrNo)),
                Err(error) => return Err(fail(RuleProblem::FailsOnEmpty(error.to_string()))),
            }
            compiled.push((rule, program));
        }
        Ok(Self { rules: compiled, subject_tags, language })
    }

    /// No rules, and the usual subject tags.
    pub fn none() -> Self {
        Self { rules: Vec::new(), subject_tags: tags::usual(), language: Arc::default() }
    }

    /// The subject tags.
    pub fn subject_tags(&self) -> &[String] {
        &self.subject_tags
    }

    /// Adds the reasons that the rules give. Without rules this does nothing at all.
    pub(super) fn judge(&self, facts: &Facts, reasons: &mut Vec<Reason>) {
        if self.rules.is_empty() {
            return;
        }
        if facts.is_too_much() {
            reasons.push(Reason::built_in(ReasonCode::TooMuchToJudge));
            return;
        }
        let names = Names::new(facts);
        let context = names.context(&self.language);
        for (rule, program) in &self.rules {
            match program.execute(&context) {
                Ok(Value::Bool(true)) => reasons.push(Reason {
                    code: ReasonCode::Rule,
                    class: rule.class,
                    rule: Some(rule.name.clone()),
                    words: rule.says.clone(),
                }),
                Ok(Value::Bool(false)) => {}
                Ok(_) | Err(_) => reasons.push(Reason::failed(&rule.name)),
            }
        }
    }
}
