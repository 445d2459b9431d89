//! The reference page of error codes.

/// The page in Markdown.
pub(crate) fn markdown() -> String {
    let head = "# Error codes\n\nEvery error a person or an administrator can meet has a code. It stands in the log beside the operation \
                id, and on error pages.\n\n| code | error | what it means | what to do |\n| --- | --- | --- | --- |\n";
    let rows = app::codes::ALL
        .iter()
        .map(|entry| format!("| `{}` | {} | {} | {} |\n", entry.code, entry.title, entry.meaning, entry.cure));
    std::iter::once(head.to_owned()).chain(rows).collect()
}
