//! The portal's pages, one struct each.
//!
//! Fill in the fields and call `html()`. Field names of forms are those in the templates; each struct's documentation lists
//! them. Every form has a hidden field `csrf`.

pub mod access;
pub mod activation;
pub mod archive;
pub mod mailbox;
pub mod message;
pub mod print;
pub mod provider;
pub mod reading;
pub mod settings;
pub mod trouble;
pub mod write;

/// Gives page structs their `html()`.
macro_rules! pages {
    ($($page:ident)*) => {
        $(impl $page<'_> {
            /// The whole page.
            pub fn html(&self) -> String {
                crate::page::draw(self)
            }
        })*
    };
}
pub(crate) use pages;
