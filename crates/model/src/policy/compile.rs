//! From the text of a condition to a program, with everything checked that can be known beforehand.

use cel::{
    Env, ExecutionError, IdedExpr, Program,
    common::{
        ast::{Expr, LiteralValue, operators},
        types::{CelString, STRING_TYPE},
        value::CowVal,
    },
};

use super::{
    ITEMS_MAX, NotATag,
    names::NAMES,
    rules::{EXPRESSION_BYTES_MAX, NAME_BYTES_MAX, RULES_MAX, Rule, STEPS_MAX, WORDS_BYTES_MAX},
};

/// What a regular expression counts: it is compiled anew each time.
pub const MATCH_STEPS: u64 = 200;

/// How deep a condition may be nested. Evaluation uses the stack, once for each level.
pub const DEPTH_MAX: usize = 64;

/// The functions a condition may call.
const FUNCTIONS: [&str; 9] =
    ["size", "contains", "startsWith", "endsWith", "matches", "lower", "int", "double", "string"];

/// The operators, as the library names them.
const OPERATORS: [&str; 19] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::NOT_STRICTLY_FALSE,
    operators::IN,
];

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule `{rule}`: {problem}")]
pub struct RuleError {
    /// The name of the rule; empty if it is about the list as a whole.
    pub rule: String,
    /// What is wrong.
    pub problem: RuleProblem,
}

/// What can be wrong with a rule. Lines and columns count from 1, within the condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleProblem {
    /// There are more than [`RULES_MAX`].
    #[error("there may be {RULES_MAX} rules at most")]
    TooManyRules,
    /// A subject tag is refused.
    #[error("{0}")]
    SubjectTag(NotATag),
    /// The name is empty or longer than [`NAME_BYTES_MAX`].
    #[error("a rule needs a name of {NAME_BYTES_MAX} bytes at most")]
    Name,
    /// Another rule has this name.
    #[error("another rule has this name")]
    NameTaken,
    /// An explanation is missing or longer than [`WORDS_BYTES_MAX`].
    #[error("a rule needs an explanation in `de` and `en`, of {WORDS_BYTES_MAX} bytes at most each")]
    Words,
    /// The condition is longer than [`EXPRESSION_BYTES_MAX`].
    #[error("a condition may have {EXPRESSION_BYTES_MAX} bytes at most")]
    TooLong,
    /// The condition is not CEL.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Line in the condition.
        line: usize,
        /// Column in that line.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// The condition uses a name that no fact has.
    #[error("line {line}, column {column}: there is no fact `{name}`; known are {}", NAMES.join(", "))]
    UnknownName {
        /// Line in the condition.
        line: usize,
        /// Column in that line.
        column: usize,
        /// The name.
        name: String,
    },
    /// The condition calls a function that conditions do not have.
    #[error("line {line}, column {column}: there is no function `{name}`; known are {}", FUNCTIONS.join(", "))]
    UnknownFunction {
        /// Line in the condition.
        line: usize,
        /// Column in that line.
        column: usize,
        /// The name.
        name: String,
    },
    /// The condition builds a list, map or message.
    #[error("line {line}, column {column}: a condition builds nothing; use `exists`, `all` or `exists_one`")]
    Builds {
        /// Line in the condition.
        line: usize,
        /// Column in that line.
        column: usize,
    },
    /// The condition is nested deeper than [`DEPTH_MAX`], or is a chain of as many sums or fields.
    #[error("the condition is nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// With this rule, all rules together could take more than [`STEPS_MAX`] steps.
    #[error("the rules up to this one could take more than {STEPS_MAX} steps; avoid loops within loops")]
    TooCostly,
    /// The condition gives something else than true or false.
    #[error("the condition must be true or false")]
    NotYesOrNo,
    /// The condition cannot be evaluated on an empty message.
    #[error("fails on a message without headers and attachments: {0}; ask `\"x-name\" in headers &&` first")]
    FailsOnEmpty(String),
}

/// The language of conditions: standard CEL and `lower()`.
pub(super) fn language() -> Env {
    let mut language = Env::stdlib();
    // Fails only if the name is taken; then conditions that use it fail where they are compiled.
    let _ = language.add_member_overload("lower", "string_lower", STRING_TYPE, Vec::new(), lower);
    language
}

/// The text in lower case, after the rules of Unicode.
fn lower<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let argument = arguments.into_iter().next().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let text = argument.downcast_ref::<CelString>().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let lower = text.inner().to_lowercase();
    Ok(CowVal::owned(CelString::from(lower)))
}

/// Compiles a rule; also says how many steps it can take.
pub(super) fn compile(language: &Env, rule: &Rule) -> Result<(Program, u64), RuleProblem> {
    if rule.name.trim().is_empty() || rule.name.len() > NAME_BYTES_MAX {
        return Err(RuleProblem::Name);
    }
    if [&rule.says.de, &rule.says.en].iter().any(|words| words.trim().is_empty() || words.len() > WORDS_BYTES_MAX) {
        return Err(RuleProblem::Words);
    }
    if rule.when.len() > EXPRESSION_BYTES_MAX {
        return Err(RuleProblem::TooLong);
    }
    let program = language.compile(&rule.when).map_err(|errors| {
        let first = errors.errors.first();
        let (line, column) = first.map_or((1, 1), |error| error.pos);
        RuleProblem::Syntax {
            line: usize::try_from(line).unwrap_or(1),
            column: usize::try_from(column).unwrap_or(1),
            message: first.map_or_else(String::new, |error| error.msg.clone()),
        }
    })?;
    let steps =
        Walk { program: &program, text: &rule.when, loop_names: Vec::new(), depth: 0 }.steps(program.expression())?;
    Ok((program, steps))
}

/// Walks an expression, checks every name, and adds up the steps it can take.
struct Walk<'a> {
    program: &'a Program,
    text: &'a str,
    loop_names: Vec<&'a str>,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn steps(&mut self, node: &'a IdedExpr) -> Result<u64, RuleProblem> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            return Err(RuleProblem::TooDeep);
        }
        let below = match &node.expr {
            Expr::Unspecified | Expr::Literal(_) => 0,
            Expr::Ident(name) => {
                if !NAMES.contains(&name.as_str()) && !self.loop_names.contains(&name.as_str()) {
                    let (line, column) = self.position(node);
                    return Err(RuleProblem::UnknownName { line, column, name: name.clone() });
                }
                0
            }
            Expr::Select(select) => self.steps(&select.operand)?,
            Expr::List(list) => self.sum(&list.elements)?,
            Expr::Call(call) => {
                let name = call.func_name.as_str();
                if !OPERATORS.contains(&name) && !FUNCTIONS.contains(&name) {
                    let (line, column) = self.position(node);
                    return Err(RuleProblem::UnknownFunction { line, column, name: name.to_owned() });
                }
                let own = if name == "matches" { MATCH_STEPS } else { 0 };
                let target = call.target.as_ref().map_or(Ok(0), |target| self.steps(target))?;
                self.sum(&call.args)?.saturating_add(target).saturating_add(own)
            }
            Expr::Comprehension(comprehension) => {
                // `exists` and `all` begin with a truth value, `exists_one` with a number, `map` and `filter` with a list.
                if !matches!(
                    comprehension.accu_init.expr,
                    Expr::Literal(LiteralValue::Boolean(_) | LiteralValue::Int(_))
                ) {
                    let (line, column) = self.position(node);
                    return Err(RuleProblem::Builds { line, column });
                }
                let range = self.steps(&comprehension.iter_range)?;
                let outside = self.loop_names.len();
                self.loop_names.push(&comprehension.accu_var);
                self.loop_names.push(&comprehension.iter_var);
                self.loop_names.extend(comprehension.iter_var2.as_deref());
                let round = self.steps(&comprehension.loop_cond)?.saturating_add(self.steps(&comprehension.loop_step)?);
                let result = self.steps(&comprehension.result)?;
                self.loop_names.truncate(outside);
                round.saturating_mul(ITEMS_MAX as u64).saturating_add(range).saturating_add(result)
            }
            Expr::Map(_) | Expr::Struct(_) => {
                let (line, column) = self.position(node);
                return Err(RuleProblem::Builds { line, column });
            }
        };
        self.depth = self.depth.saturating_sub(1);
        Ok(below.saturating_add(1))
    }

    fn sum(&mut self, nodes: &'a [IdedExpr]) -> Result<u64, RuleProblem> {
        nodes.iter().try_fold(0_u64, |sum, node| Ok(sum.saturating_add(self.steps(node)?)))
    }

    /// Line and column of a node in the condition, counted from 1.
    fn position(&self, node: &IdedExpr) -> (usize, usize) {
        let offset = self.program.source_info().offset_for(node.id).map_or(0, |(start, _)| start);
        let before = usize::try_from(offset).ok().and_then(|offset| self.text.get(..offset)).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
        (line, column)
    }
}
