//! Clean HTML as a tree with computed styles.
//!
//! The input is what `mime::html::clean` gives: harmless, balanced, bounded in depth, with declarations in one plain form
//! (`name:value;name:value`). This module needs no parser for hostile input and has none.

mod compute;
mod length;
mod sheet;
mod style;
mod tree;
mod value;

pub(crate) use compute::compute;
pub(crate) use length::{Length, PX, color, number};
pub(crate) use sheet::Sheet;
pub(crate) use style::{Align, Border, Boxing, Case, Color, Display, Family, Shift, Sides, Style, VAlign};
pub(crate) use tree::{Element, Node, Place, ROOT, Tree};
