//! A body as a flow of blocks: what the typesetter gets, flat enough for it, bounded, and counted.
//!
//! Typesetters end at some depth and need more than linear time for some shapes; mails have any depth and shape. So a
//! body becomes a list of [`Placed`] blocks first: wrappers that show nothing vanish, tables of one column become what is in them,
//! neighbouring runs of one style are joined, and what nests deeper than [`NEST_MAX`](crate::limits::NEST_MAX) goes on flat.
//! Every letter that goes in is counted in the [`Census`], so that none can be lost later without being noticed.

mod build;
mod census;
mod image;
mod inline;
mod table;
mod text;

use std::sync::Arc;

use typst::foundations::Bytes;

use crate::html::{Align, Border, Color, Length, Sides, Style, VAlign};

pub(crate) use build::from_html;
pub(crate) use census::{Census, is_seen};
pub(crate) use inline::unbound;
pub(crate) use text::from_text;

/// A body ready to be set.
#[derive(Debug)]
pub(crate) struct Flow {
    pub blocks: Vec<Placed>,
    /// The letters that must be on the pages.
    pub census: Census,
    /// Whether a limit was reached, so that a plainer form has to be taken.
    pub over: bool,
    /// Images that could not be shown.
    pub images_missing: usize,
    /// Whether the end is missing.
    pub cut: bool,
}

/// A block and its distances, in points.
#[derive(Debug)]
pub(crate) struct Placed {
    pub block: Block,
    /// From the block before.
    pub above: f64,
    /// From the left.
    pub indent: f64,
    pub align: Align,
}

#[derive(Debug)]
pub(crate) enum Block {
    Paragraph(Paragraph),
    Image(Picture),
    /// A line across.
    Rule(Border),
    List(List),
    Table(Table),
    Boxed(Boxed),
}

/// What a paragraph is to a reader of the structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Body,
    /// A heading of this level, 2 to 6: the subject is the first.
    Heading(usize),
}

#[derive(Debug)]
pub(crate) struct Paragraph {
    pub role: Role,
    pub inlines: Vec<Inline>,
    /// Distance of lines as a multiple of the size.
    pub line: f64,
    /// Size of most of its text, in points.
    pub size: f64,
    pub rtl: bool,
}

#[derive(Debug)]
pub(crate) enum Inline {
    Run(Run),
    Break,
    Image(Picture),
}

/// Text of one style.
#[derive(Debug)]
pub(crate) struct Run {
    pub text: String,
    pub style: Style,
    pub link: Option<Arc<str>>,
}

/// An image that came with the mail and can be read.
#[derive(Debug)]
pub(crate) struct Picture {
    pub bytes: Bytes,
    pub kind: ImageKind,
    /// What it shows, if the mail says so; without it, it is decoration.
    pub alt: Option<String>,
    /// As wanted, in points.
    pub width: f64,
    /// Height divided by width.
    pub ratio: f64,
    /// Whether the width is a part of what surrounds it.
    pub part: Option<f64>,
    pub link: Option<Arc<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageKind {
    Png,
    Jpeg,
    Gif,
    Webp,
}

#[derive(Debug)]
pub(crate) struct List {
    /// `1.`, `a.` and the like, or bullets.
    pub numbering: Option<&'static str>,
    /// Without any sign.
    pub bare: bool,
    pub start: u64,
    pub items: Vec<Vec<Placed>>,
    pub size: f64,
}

/// A box that shows: coloured, framed, or narrower than its place.
#[derive(Debug)]
pub(crate) struct Boxed {
    pub blocks: Vec<Placed>,
    pub fill: Option<Color>,
    pub border: Sides<Option<Border>>,
    pub padding: Sides<f64>,
    pub radius: f64,
    /// As wide as its content or this, else as its place.
    pub width: BoxWidth,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum BoxWidth {
    Place,
    Content,
    Fixed(Length),
}

#[derive(Debug)]
pub(crate) struct Table {
    pub columns: usize,
    pub rows: usize,
    /// Rows at the top that are headings.
    pub header_rows: usize,
    pub cells: Vec<Cell>,
    /// Whether it is a table to its readers, and not just a way to place things.
    pub is_data: bool,
    pub width: Option<Length>,
    pub fill: Option<Color>,
    pub border: Sides<Option<Border>>,
    /// Points between cells.
    pub gutter: f64,
    /// Widths of columns as the mail says.
    pub widths: Vec<Option<Length>>,
}

#[derive(Debug)]
pub(crate) struct Cell {
    pub blocks: Vec<Placed>,
    pub x: usize,
    pub y: usize,
    pub colspan: usize,
    pub rowspan: usize,
    pub is_header: bool,
    pub fill: Option<Color>,
    pub border: Sides<Option<Border>>,
    pub padding: Sides<f64>,
    pub valign: VAlign,
    /// Estimated widths of its content in points: the widest thing that cannot break, and all on one line.
    pub least: f64,
    pub most: f64,
}
