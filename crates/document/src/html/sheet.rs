//! Style sheets: rules for names, classes and what is within what.

use crate::limits::{SHEET_RULES_MAX, SHEET_WORK_MAX};

use super::tree::{Element, Place, Tree};

/// The rules of a style sheet that a page follows.
#[derive(Debug, Default)]
pub(crate) struct Sheet<'x> {
    /// In the order in which they apply: lower weight first, then as they stand.
    rules: Vec<Rule<'x>>,
}

#[derive(Debug)]
struct Rule<'x> {
    /// The innermost last.
    path: Vec<Step<'x>>,
    weight: usize,
    declarations: &'x str,
}

/// One step of a selector: a name and classes.
#[derive(Debug)]
struct Step<'x> {
    name: Option<&'x str>,
    classes: Vec<&'x str>,
    /// Whether the step before is the parent, not just around.
    child: bool,
}

impl<'x> Sheet<'x> {
    /// Reads the sheet of a tree as the cleaner wrote it: `selector{name:value;name:value}`, media in one more pair of braces.
    pub(crate) fn read(tree: &Tree<'x>) -> Self {
        let mut sheet = Self::default();
        let mut rest = tree.sheet;
        while let Some((selector, behind)) = rest.split_once('{') {
            if let Some(media) = selector.trim().strip_prefix("@media") {
                let (inner, after) = block(behind);
                if is_for_paper(media) {
                    sheet.rules_of(inner);
                }
                rest = after;
            } else {
                let (declarations, after) = behind.split_once('}').unwrap_or((behind, ""));
                sheet.rule(selector, declarations);
                rest = after;
            }
        }
        sheet.rules.sort_by_key(|rule| rule.weight);
        if sheet.rules.len() > SHEET_RULES_MAX || sheet.rules.len().saturating_mul(tree.len()) > SHEET_WORK_MAX {
            sheet.rules.clear();
        }
        sheet
    }

    fn rules_of(&mut self, inner: &'x str) {
        let mut rest = inner;
        while let Some((selector, behind)) = rest.split_once('{') {
            let (declarations, after) = behind.split_once('}').unwrap_or((behind, ""));
            self.rule(selector, declarations);
            rest = after;
        }
    }

    fn rule(&mut self, selectors: &'x str, declarations: &'x str) {
        for selector in selectors.split(',') {
            let Some(path) = path(selector) else { continue };
            let classes: usize = path.iter().map(|step| step.classes.len()).sum();
            let names = path.iter().filter(|step| step.name.is_some()).count();
            self.rules.push(Rule { path, weight: classes * 100 + names, declarations });
        }
    }

    /// The declarations for the last element of `line`, which are the elements around it, outermost first.
    pub(crate) fn declarations(&self, tree: &Tree<'x>, line: &[Place]) -> Vec<&'x str> {
        self.rules.iter().filter(|rule| rule.is_for(tree, line)).map(|rule| rule.declarations).collect()
    }
}

/// Splits behind a block of rules, each with braces of its own.
fn block(behind: &str) -> (&str, &str) {
    let mut depth = 0_usize;
    for (at, letter) in behind.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                return (behind.get(..at).unwrap_or_default(), behind.get(at + 1..).unwrap_or_default());
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    (behind, "")
}

/// Rules for narrow screens, dark ones and the like are not for paper.
fn is_for_paper(media: &str) -> bool {
    !media.contains('(') && media.split([',', ' ']).any(|word| matches!(word, "all" | "print" | "screen"))
}

/// Reads `table.main td > p`; nothing if it holds what is not followed.
fn path(selector: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    let mut child = false;
    let spaced = selector.trim();
    for word in spaced.split(' ').filter(|word| !word.is_empty()) {
        for (number, word) in word.split('>').enumerate() {
            child |= number > 0;
            if word.is_empty() {
                continue;
            }
            if word.contains(['#', '+', '~', ':', '\\']) {
                return None;
            }
            let mut pieces = word.split('.');
            let name = pieces.next().filter(|name| !name.is_empty() && *name != "*");
            steps.push(Step { name, classes: pieces.collect(), child });
            child = false;
        }
    }
    (!steps.is_empty() && !child).then_some(steps)
}

impl Rule<'_> {
    fn is_for(&self, tree: &Tree<'_>, line: &[Place]) -> bool {
        let mut steps = self.path.iter().rev();
        let mut line = line.iter().enumerate().rev().filter_map(|(depth, place)| Some((depth, tree.element(*place)?)));
        let Some((last, (depth, element))) = steps.next().zip(line.next()) else { return false };
        if !last.is(element, depth) {
            return false;
        }
        let mut child = last.child;
        for step in steps {
            let is = |(depth, element)| step.is(element, depth);
            let found = if child { line.next().is_some_and(is) } else { line.any(is) };
            if !found {
                return false;
            }
            child = step.child;
        }
        true
    }
}

impl Step<'_> {
    fn is(&self, element: &Element<'_>, depth: usize) -> bool {
        let has = |class: &&str| {
            element.attribute("class").is_some_and(|all| all.split_ascii_whitespace().any(|known| known == *class))
        };
        // `body` of the mail is the outermost `div` here.
        let is_body = |name: &str| depth == 1 && element.name == "div" && name.eq_ignore_ascii_case("body");
        let name = |name: &str| name.eq_ignore_ascii_case(element.name) || is_body(name);
        self.name.is_none_or(name) && self.classes.iter().all(has)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::tree::ROOT;
    use super::*;

    fn found(html: &str) -> Vec<String> {
        let tree = Tree::read(html);
        let sheet = Sheet::read(&tree);
        let mut line = vec![ROOT];
        while let Some(place) = line.last().and_then(|place| tree.children(*place).first()) {
            if tree.element(*place).is_none() {
                break;
            }
            line.push(*place);
        }
        sheet.declarations(&tree, &line).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn matches_names_classes_and_nesting() {
        let sheet = "<style>.b{two}p{one}div p{three}table p{no}div>p.b{four}p:hover{no}#x{no}</style>";
        assert_eq!(found(&format!("{sheet}<div><p class=\"a b\">x</p></div>")), ["one", "three", "two", "four"]);
    }

    #[test]
    fn follows_media_for_paper() {
        let sheet = "<style>@media print{p{one}}@media (max-width:600px){p{no}}@media screen and (max-width:1px){p{no}}p{two}</style>";
        assert_eq!(found(&format!("{sheet}<p>x</p>")), ["one", "two"]);
    }
}
