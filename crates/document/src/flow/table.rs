//! Tables: real ones, and those that only place things.

use super::build::{BOX_COST, Builder, TABLE_COST, Within};
use super::inline::{Sink, Stand};
use super::{Block, BoxWidth, Boxed, Cell, Inline, Placed, Role, Table};
use crate::html::{Align, Border, Boxing, Color, Element, Length, PX, Place, Sides, Style, VAlign, number};
use crate::limits::{CELLS_MAX, COLUMNS_MAX, NEST_MAX, ROWSPAN_MAX};

/// A row while a table is read.
struct Row<'t, 'x> {
    place: Place,
    element: &'t Element<'x>,
    /// Its section, which has a style too.
    section: Option<(Place, &'t Element<'x>)>,
}

/// What cells take from their table.
#[derive(Clone, Copy)]
struct Common {
    padding: f64,
    border: Option<Border>,
}

impl<'t, 'x> Builder<'t, 'x> {
    pub(super) fn table(
        &mut self,
        place: Place,
        element: &'t Element<'x>,
        boxing: &Boxing,
        within: &Within,
        sink: &mut Sink,
    ) {
        let rows = self.rows(place, within, sink);
        let count: usize = rows.iter().map(|row| row.element.children.len()).sum();
        self.cells += count;
        self.over |= self.cells > CELLS_MAX;
        let centered = boxing.centered || (within.style.moves && within.style.align == Align::Center);
        let mut inner = within.clone();
        if within.style.moves {
            inner.style.align = Align::Start;
            inner.style.moves = false;
        }
        let nest = within.nest + TABLE_COST;
        if self.plain || nest > NEST_MAX || self.over {
            self.flat_table(&rows, &inner, sink);
            return;
        }
        inner.nest = nest;
        let common = Common { padding: padding(element), border: border(element) };
        let Some(mut table) = self.grid(&rows, &inner, common) else {
            self.over = true;
            self.flat_table(&rows, &inner, sink);
            return;
        };
        table.width = boxing.width;
        table.border = boxing.border;
        table.fill = boxing.background.filter(|fill| *fill != within.style.backdrop_outside);
        table.gutter = element.number("cellspacing").map_or(0.0, |pixels| number(pixels.min(30)) * PX);
        self.columns(place, &mut table);
        let outer = sink.stand;
        sink.stand.align = if centered { Align::Center } else { within.style.align };
        sink.stand.indent += boxing.margin.left;
        if table.columns == 1 {
            stacked(table, within.nest + BOX_COST <= NEST_MAX, sink);
        } else if !table.cells.is_empty() {
            self.block(Block::Table(table), sink);
        }
        sink.stand = outer;
    }

    /// The rows of a table, those of its foot last. What stands before them goes out in front.
    fn rows(&mut self, place: Place, within: &Within, sink: &mut Sink) -> Vec<Row<'t, 'x>> {
        let tree = self.tree;
        let (mut rows, mut foot) = (Vec::new(), Vec::new());
        for child in tree.children(place) {
            let Some(element) = tree.element(*child) else {
                if let Some(crate::html::Node::Text(text)) = tree.get(*child) {
                    self.text(text, within, sink);
                }
                continue;
            };
            match element.name {
                "tr" => rows.push(Row { place: *child, element, section: None }),
                "thead" | "tbody" | "tfoot" => {
                    let into = if element.name == "tfoot" { &mut foot } else { &mut rows };
                    for row in &element.children {
                        if let Some(found) = tree.element(*row).filter(|found| found.name == "tr") {
                            into.push(Row { place: *row, element: found, section: Some((*child, element)) });
                        }
                    }
                }
                "colgroup" | "col" => {}
                _ => {
                    let (style, boxing) = self.enter(*child, element, &within.style);
                    if !boxing.hidden {
                        let outer = sink.stand;
                        sink.stand.align = style.align;
                        self.children(*child, &Within { style, ..within.clone() }, sink);
                        sink.flush();
                        sink.stand = outer;
                    }
                    self.leave();
                }
            }
        }
        sink.flush();
        rows.append(&mut foot);
        rows
    }

    /// Enters the section and the row; gives the row's style, its boxing, and how many elements to leave.
    fn enter_row(&mut self, row: &Row<'t, 'x>, outer: &Style) -> (Style, Boxing, usize) {
        let mut style = *outer;
        let mut entered = 1;
        if let Some((place, element)) = row.section {
            style = self.enter(place, element, outer).0;
            entered += 1;
        }
        let (style, boxing) = self.enter(row.place, row.element, &style);
        (style, boxing, entered)
    }

    /// Places cells as the HTML standard does ("forming a table"). Nothing if there are too many columns.
    fn grid(&mut self, rows: &[Row<'t, 'x>], within: &Within, common: Common) -> Option<Table> {
        let mut table = Table {
            columns: 0,
            rows: rows.len(),
            header_rows: 0,
            cells: Vec::new(),
            is_data: false,
            width: None,
            fill: None,
            border: Sides::default(),
            gutter: 0.0,
            widths: Vec::new(),
        };
        // For each column, how many rows from here on it is taken.
        let mut taken: Vec<usize> = Vec::new();
        for (y, row) in rows.iter().enumerate() {
            let (style, boxing, entered) = self.enter_row(row, &within.style);
            if !boxing.hidden {
                let row_within = Within { style, ..within.clone() };
                let fits = self.row(row, y, &row_within, &boxing, common, &mut taken, &mut table);
                if !fits {
                    (0..entered).for_each(|_| self.leave());
                    return None;
                }
            }
            (0..entered).for_each(|_| self.leave());
            for rows in &mut taken {
                *rows = rows.saturating_sub(1);
            }
        }
        // Columns in which no cell begins are none.
        table.columns = table.cells.iter().map(|cell| cell.x + 1).max().unwrap_or_default();
        table.widths.truncate(table.columns);
        for cell in &mut table.cells {
            cell.colspan = cell.colspan.min(table.columns - cell.x);
        }
        let is_head = |y: usize| {
            let mut row = table.cells.iter().filter(|cell| cell.y == y).peekable();
            row.peek().is_some() && row.all(|cell| cell.is_header)
        };
        table.header_rows = (0..table.rows).take_while(|y| is_head(*y)).count();
        if table.header_rows == table.rows {
            table.header_rows = 0;
        }
        let nests =
            table.cells.iter().any(|cell| cell.blocks.iter().any(|placed| matches!(placed.block, Block::Table(_))));
        let framed =
            table.cells.iter().filter(|cell| cell.border.top.is_some() || cell.border.bottom.is_some()).count();
        let has_header = table.cells.iter().any(|cell| cell.is_header);
        table.is_data =
            !nests && table.columns > 1 && (has_header || (table.rows > 1 && framed * 2 > table.cells.len()));
        Some(table)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a table under way, which stand apart so that they can be borrowed apart"
    )]
    fn row(
        &mut self,
        row: &Row<'t, 'x>,
        y: usize,
        within: &Within,
        row_boxing: &Boxing,
        common: Common,
        taken: &mut Vec<usize>,
        table: &mut Table,
    ) -> bool {
        let tree = self.tree;
        let rows_left = table.rows - y;
        let mut x = 0;
        for child in &row.element.children {
            let Some(element) = tree.element(*child) else { continue };
            while taken.get(x).is_some_and(|rows| *rows > 0) {
                x += 1;
            }
            let wanted = element.number("colspan").unwrap_or(1).clamp(1, COLUMNS_MAX);
            let free = taken.iter().skip(x).position(|rows| *rows > 0).unwrap_or(wanted);
            let colspan = wanted.min(free.max(1));
            let rowspan = match element.number("rowspan") {
                Some(0) => rows_left,
                wanted => wanted.unwrap_or(1).min(rows_left).min(ROWSPAN_MAX),
            };
            if x >= COLUMNS_MAX {
                return false;
            }
            let colspan = colspan.min(COLUMNS_MAX - x);
            let (style, boxing) = self.enter(*child, element, &within.style);
            if boxing.hidden {
                self.leave();
                continue;
            }
            taken.resize(taken.len().max(x + colspan), 0);
            taken.iter_mut().skip(x).take(colspan).for_each(|rows| *rows = rowspan);
            table.columns = table.columns.max(x + colspan);
            table.widths.resize(table.columns, None);
            if let Some(width) = table.widths.get_mut(x).filter(|_| colspan == 1) {
                *width = boxing.width.or(*width);
            }
            let stand = Stand { role: Role::Body, align: style.align, indent: 0.0, rtl: style.rtl };
            let mut content = Sink::new(stand);
            self.children(*child, &Within { style, ..within.clone() }, &mut content);
            content.flush();
            self.leave();
            let side = |value: Option<f64>| value.unwrap_or(common.padding);
            let padding = Sides {
                top: side(boxing.padding.top) + content.top,
                right: side(boxing.padding.right),
                bottom: side(boxing.padding.bottom) + content.bottom,
                left: side(boxing.padding.left),
            };
            let (least, most) = extent(&content.blocks);
            let around = padding.left + padding.right;
            table.cells.push(Cell {
                blocks: content.blocks,
                x,
                y,
                colspan,
                rowspan,
                is_header: element.name == "th",
                fill: boxing.background.or(row_boxing.background).filter(|fill| *fill != within.style.backdrop_outside),
                border: if boxing.border.any() { boxing.border } else { Sides::all(common.border) },
                padding,
                valign: boxing.valign.or(row_boxing.valign).unwrap_or(VAlign::Middle),
                least: least + around,
                most: most + around,
            });
            x += colspan;
        }
        true
    }

    /// Widths that columns are given by themselves.
    fn columns(&self, place: Place, table: &mut Table) {
        let tree = self.tree;
        let direct = tree.children(place).iter();
        let columns = direct.flat_map(|child| match tree.element(*child) {
            Some(group) if group.name == "colgroup" => group.children.as_slice(),
            _ => std::slice::from_ref(child),
        });
        let mut at = 0;
        for column in columns.filter_map(|place| tree.element(*place)).filter(|element| element.name == "col") {
            let width = column.attribute("width").and_then(Length::html);
            for _ in 0..column.number("span").unwrap_or(1).clamp(1, COLUMNS_MAX) {
                if let Some(known) = table.widths.get_mut(at) {
                    *known = known.or(width);
                }
                at += 1;
            }
        }
    }

    /// Cells one below the other.
    fn flat_table(&mut self, rows: &[Row<'t, 'x>], within: &Within, sink: &mut Sink) {
        let tree = self.tree;
        for row in rows {
            let (style, boxing, entered) = self.enter_row(row, &within.style);
            if !boxing.hidden {
                sink.gap(3.0);
                for cell in &row.element.children {
                    let Some(element) = tree.element(*cell) else { continue };
                    let (style, boxing) = self.enter(*cell, element, &style);
                    if !boxing.hidden {
                        sink.flush();
                        self.children(*cell, &Within { style, ..within.clone() }, sink);
                        sink.flush();
                    }
                    self.leave();
                }
            }
            (0..entered).for_each(|_| self.leave());
        }
    }
}

/// Padding of cells as old HTML says it, in points.
fn padding(table: &Element<'_>) -> f64 {
    let framed = table.number("border").is_some_and(|border| border > 0);
    table.number("cellpadding").map_or(if framed { 2.0 } else { 0.75 }, |pixels| number(pixels.min(60)) * PX)
}

/// Borders of cells as old HTML says them.
fn border(table: &Element<'_>) -> Option<Border> {
    let framed = table.number("border").is_some_and(|border| border > 0);
    let color = table.attribute("bordercolor").and_then(crate::html::color);
    framed.then(|| Border { width: 0.75, color: color.unwrap_or(Color { red: 0x80, green: 0x80, blue: 0x80 }) })
}

/// A table of one column as what is in it, one below the other, in a box if the table or a cell shows one.
fn stacked(table: Table, may_box: bool, sink: &mut Sink) {
    let table_shows = table.fill.is_some() || table.border.any();
    let narrow = table.width.filter(|width| *width != Length::Part(1.0));
    if may_box && (table_shows || (narrow.is_some() && sink.stand.align == Align::Center)) {
        let mut content = Sink::new(Stand { indent: 0.0, ..sink.stand });
        let gutter = table.gutter;
        let (fill, border, width) = (table.fill, table.border, table.width);
        cells(table.cells, gutter, BoxWidth::Place, &mut content);
        let width = narrow.map_or(if width.is_some() { BoxWidth::Place } else { BoxWidth::Content }, BoxWidth::Fixed);
        if !content.blocks.is_empty() {
            let padding =
                Sides { top: gutter + content.top, right: gutter, bottom: gutter + content.bottom, left: gutter };
            sink.push(Block::Boxed(Boxed { blocks: content.blocks, fill, border, padding, radius: 0.0, width }));
        }
    } else {
        let alone = if table.width.is_some() { BoxWidth::Place } else { BoxWidth::Content };
        cells(table.cells, table.gutter, alone, sink);
    }
}

fn cells(cells: Vec<Cell>, gutter: f64, alone: BoxWidth, sink: &mut Sink) {
    let width = if cells.len() == 1 { alone } else { BoxWidth::Place };
    let indent = sink.stand.indent;
    for cell in cells {
        if cell.fill.is_some() || cell.border.any() {
            sink.push(Block::Boxed(Boxed {
                blocks: cell.blocks,
                fill: cell.fill,
                border: cell.border,
                padding: cell.padding,
                radius: 0.0,
                width,
            }));
        } else {
            sink.pad(cell.padding.top);
            for mut placed in cell.blocks {
                sink.gap(placed.above);
                placed.above = sink.take_gap();
                placed.indent += indent + cell.padding.left;
                sink.blocks.push(placed);
            }
            sink.pad(cell.padding.bottom);
        }
        sink.gap(gutter);
    }
}

/// Estimated widths of blocks in points: the widest thing that cannot break, and all without breaking.
fn extent(blocks: &[Placed]) -> (f64, f64) {
    let mut widest = (0.0_f64, 0.0_f64);
    for placed in blocks {
        let (least, most) = match &placed.block {
            Block::Paragraph(paragraph) => text_extent(&paragraph.inlines),
            Block::Image(picture) => {
                if picture.part.is_some() {
                    (12.0, picture.width)
                } else {
                    (picture.width, picture.width)
                }
            }
            Block::Rule(_) => (0.0, 0.0),
            Block::List(list) => {
                let each = list.items.iter().map(|item| extent(item));
                let (least, most) = each.fold((0.0_f64, 0.0_f64), |one, two| (one.0.max(two.0), one.1.max(two.1)));
                (least + 20.0, most + 20.0)
            }
            Block::Table(table) => table_extent(table),
            Block::Boxed(boxed) => {
                let (least, most) = extent(&boxed.blocks);
                let around = boxed.padding.left + boxed.padding.right;
                match boxed.width {
                    BoxWidth::Fixed(Length::Points(points)) => (least + around, points.max(least + around)),
                    _ => (least + around, most + around),
                }
            }
        };
        widest = (widest.0.max(least + placed.indent), widest.1.max(most + placed.indent));
    }
    widest
}

fn table_extent(table: &Table) -> (f64, f64) {
    let mut columns = vec![(0.0_f64, 0.0_f64); table.columns];
    for cell in table.cells.iter().filter(|cell| cell.colspan == 1) {
        if let Some(column) = columns.get_mut(cell.x) {
            *column = (column.0.max(cell.least), column.1.max(cell.most));
        }
    }
    let sum = columns.iter().fold((0.0, 0.0), |one, two| (one.0 + two.0, one.1 + two.1));
    match table.width {
        Some(Length::Points(points)) => (sum.0, points.max(sum.0)),
        _ => sum,
    }
}

/// Width of a letter as a part of the size of the font, on average.
const LETTER: f64 = 0.53;

fn text_extent(inlines: &[Inline]) -> (f64, f64) {
    let (mut least, mut most, mut line) = (0.0_f64, 0.0_f64, 0.0_f64);
    for inline in inlines {
        match inline {
            Inline::Break => line = 0.0,
            Inline::Image(picture) => {
                line += picture.width;
                least = least.max(if picture.part.is_some() { 12.0 } else { picture.width });
            }
            Inline::Run(run) => {
                let letter = run.style.size * if run.style.bold { LETTER * 1.08 } else { LETTER };
                for word in run.text.split([' ', '\u{200b}', '-']) {
                    least = least.max(number(word.chars().take(200).count()) * letter);
                }
                line += number(run.text.chars().take(400).count()) * letter;
            }
        }
        most = most.max(line);
    }
    (least, most)
}
