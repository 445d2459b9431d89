//! Tables.

use std::num::NonZeroUsize;
use std::sync::Arc;

use smallvec::SmallVec;
use typst::foundations::{Content, NativeElement, Packed, Smart};
use typst::layout::{
    Alignment, BlockBody, BlockElem, Celled, Fr, GridCell, GridChild, GridElem, GridItem, Rel, Sides as Around, Sizing,
    TrackSizings, VAlignment,
};
use typst::model::{TableCell, TableChild, TableElem, TableHeader, TableItem};
use typst::visualize::Stroke;

use super::{block, blocks, rel};
use crate::flow::{Cell, Table};
use crate::html::{Length, VAlign};

pub(super) fn table(found: &Table, place: f64) -> Content {
    let around = found.gutter * 2.0;
    let outer = found.width.map(|width| width.of(place).min(place));
    let room = (outer.unwrap_or(place) - around).max(24.0);
    let columns = Columns::of(found, room, outer.is_some());
    let gutter = TrackSizings(SmallVec::from_elem(Sizing::Rel(rel(found.gutter)), 1));
    let content = if found.is_data { data(found, &columns) } else { layout(found, &columns) };
    let content = match content {
        Made::Table(table) => table.with_column_gutter(gutter.clone()).with_row_gutter(gutter).pack(),
        Made::Grid(grid) => grid.with_column_gutter(gutter.clone()).with_row_gutter(gutter).pack(),
    };
    if found.fill.is_none()
        && !found.border.any()
        && found.gutter == 0.0
        && outer.is_none_or(|outer| outer >= place - 0.1)
    {
        return content;
    }
    BlockElem::new()
        .with_width(outer.map_or(Smart::Auto, |outer| Smart::Custom(rel(outer))))
        .with_fill(found.fill.map(|fill| super::paint(fill).into()))
        .with_stroke(block::strokes(found.border))
        .with_inset(Around::splat(Some(rel(found.gutter))))
        .with_body(Some(BlockBody::Content(content)))
        .pack()
}

enum Made {
    Table(TableElem),
    Grid(GridElem),
}

/// How wide columns are.
struct Columns {
    sizes: Vec<Sizing>,
    /// What is expected of each, in points, for what is in it.
    expected: Vec<f64>,
}

impl Columns {
    /// As the mail says, and otherwise as their content asks (CSS 2.2, section 17.5.2.2, with estimates).
    fn of(table: &Table, room: f64, fixed: bool) -> Self {
        let mut least = vec![6.0_f64; table.columns];
        let mut most = vec![6.0_f64; table.columns];
        for cell in table.cells.iter().filter(|cell| cell.colspan == 1) {
            if let Some((least, most)) = least.get_mut(cell.x).zip(most.get_mut(cell.x)) {
                *least = least.max(cell.least.min(room));
                *most = most.max(cell.most.min(room));
            }
        }
        let holds_only_text = table.is_data && table.widths.iter().all(Option::is_none);
        if holds_only_text && !fixed {
            // The typesetter measures better than any estimate, and text can be measured cheaply.
            let sum: f64 = most.iter().sum();
            let scale = (room / sum).min(1.0);
            return Self {
                sizes: vec![Sizing::Auto; table.columns],
                expected: most.iter().map(|wide| wide * scale).collect(),
            };
        }
        let widths = table.widths.iter().chain(std::iter::repeat(&None));
        let wanted: Vec<f64> = (0..table.columns)
            .zip(widths)
            .map(|(x, width)| {
                let (least, most) = (least.get(x).copied().unwrap_or(6.0), most.get(x).copied().unwrap_or(6.0));
                match width {
                    Some(Length::Points(points)) => points.max(least),
                    Some(Length::Part(part)) => (part * room).max(least),
                    None => most,
                }
            })
            .collect();
        let sum: f64 = wanted.iter().sum();
        let free = |x: usize| table.widths.get(x).is_none_or(Option::is_none);
        let expected: Vec<f64> = if sum > room {
            // Too wide: what is more than the least shrinks.
            let bottom: f64 = least.iter().sum();
            let spare = (room - bottom).max(0.0);
            let more = (sum - bottom).max(1.0);
            let scale = (room / bottom).min(1.0);
            wanted
                .iter()
                .zip(&least)
                .map(|(wanted, least)| least * scale + (wanted - least).max(0.0) / more * spare)
                .collect()
        } else if fixed {
            // Too narrow: columns without a width of their own get the rest.
            let growing: f64 = (0..table.columns).filter(|x| free(*x)).filter_map(|x| wanted.get(x)).sum();
            let rest = room - sum;
            let all = growing <= 0.0;
            let share = |x: usize, wanted: f64| {
                if all {
                    wanted / sum
                } else if free(x) {
                    wanted / growing
                } else {
                    0.0
                }
            };
            wanted.iter().enumerate().map(|(x, wanted)| wanted + rest * share(x, *wanted)).collect()
        } else {
            wanted
        };
        let sizes = if fixed || sum > room {
            expected.iter().map(|points| Sizing::Fr(Fr::new(points.max(0.1)))).collect()
        } else {
            // Estimates are a little short at times; without a width there is room for more.
            expected.iter().map(|points| Sizing::Rel(rel(points * 1.04))).collect()
        };
        Self { sizes, expected }
    }

    fn sizings(&self) -> TrackSizings {
        TrackSizings(self.sizes.iter().copied().collect())
    }

    /// The room that a cell has for its content.
    fn room(&self, cell: &Cell) -> f64 {
        let whole: f64 = self.expected.iter().skip(cell.x).take(cell.colspan).sum();
        (whole - cell.padding.left - cell.padding.right).max(12.0)
    }
}

fn count(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN)
}

fn valign(cell: &Cell) -> Smart<Alignment> {
    Smart::Custom(Alignment::V(match cell.valign {
        VAlign::Top => VAlignment::Top,
        VAlign::Middle => VAlignment::Horizon,
        VAlign::Bottom => VAlignment::Bottom,
    }))
}

#[expect(clippy::option_option, reason = "how the typesetter tells no stroke from none said")]
fn strokes(cell: &Cell) -> Around<Option<Option<Arc<Stroke>>>> {
    let around = block::strokes(cell.border);
    let side = |stroke: Option<Option<Stroke>>| stroke.map(|stroke| stroke.map(Arc::new));
    Around { left: side(around.left), top: side(around.top), right: side(around.right), bottom: side(around.bottom) }
}

fn fill(cell: &Cell) -> Smart<Option<typst::visualize::Paint>> {
    Smart::Custom(cell.fill.map(|fill| super::paint(fill).into()))
}

fn layout(table: &Table, columns: &Columns) -> Made {
    let cells = table.cells.iter().map(|cell| {
        let made = GridCell::new(blocks(&cell.blocks, columns.room(cell)))
            .with_x(Smart::Custom(cell.x))
            .with_y(Smart::Custom(cell.y))
            .with_colspan(count(cell.colspan))
            .with_rowspan(count(cell.rowspan))
            .with_align(valign(cell))
            .with_fill(fill(cell))
            .with_stroke(strokes(cell))
            .with_inset(Smart::Custom(block::inset(cell.padding)));
        GridChild::Item(GridItem::Cell(Packed::new(made)))
    });
    let no_inset = Celled::Value(Around::splat(Some(Rel::zero())));
    Made::Grid(GridElem::new(cells.collect()).with_columns(columns.sizings()).with_inset(no_inset))
}

fn data(table: &Table, columns: &Columns) -> Made {
    let item = |cell: &Cell| {
        let rowspan =
            if cell.y < table.header_rows { cell.rowspan.min(table.header_rows - cell.y) } else { cell.rowspan };
        let made = TableCell::new(blocks(&cell.blocks, columns.room(cell)))
            .with_x(Smart::Custom(cell.x))
            .with_y(Smart::Custom(cell.y))
            .with_colspan(count(cell.colspan))
            .with_rowspan(count(rowspan))
            .with_align(valign(cell))
            .with_fill(fill(cell))
            .with_stroke(strokes(cell))
            .with_inset(Smart::Custom(block::inset(cell.padding)));
        TableItem::Cell(Packed::new(made))
    };
    let (head, body): (Vec<&Cell>, Vec<&Cell>) = table.cells.iter().partition(|cell| cell.y < table.header_rows);
    let header = (!head.is_empty()).then(|| {
        TableChild::Header(Packed::new(
            TableHeader::new(head.into_iter().map(item).collect()).with_repeat(table.header_rows <= 3),
        ))
    });
    let children = header.into_iter().chain(body.into_iter().map(|cell| TableChild::Item(item(cell)))).collect();
    let no_stroke = Celled::Value(Around::splat(Some(None)));
    Made::Table(TableElem::new(children).with_columns(columns.sizings()).with_stroke(no_stroke))
}
