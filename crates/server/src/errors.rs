//! The reference page of error codes.

/// The page in Markdown.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Error codes\n\nEvery error a person or an administrator can meet has a code. It stands in the log beside the operation id, and on error pages.\n\n| code | error | what it means | what to do |\n| --- | --- | --- | --- |\n",
    );
    for entry in app::codes::ALL {
        page.push_str(&format!("| `{}` | {} | {} | {} |\n", entry.code, entry.title, entry.meaning, entry.cure));
    }
    page
}
