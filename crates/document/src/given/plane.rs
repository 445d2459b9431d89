//! Places on a page, in points from its lower left corner (ISO 32000-1, 8.3).

/// Left, bottom, right, top.
pub(super) type Area = [f64; 4];

/// Where nothing is yet.
pub(super) const NOWHERE: Area = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];

/// `area` with another point.
pub(super) fn with([left, bottom, right, top]: Area, [across, up]: [f64; 2]) -> Area {
    [left.min(across), bottom.min(up), right.max(across), top.max(up)]
}

/// What is in both.
pub(super) fn both(one: Area, other: Area) -> Area {
    [one[0].max(other[0]), one[1].max(other[1]), one[2].min(other[2]), one[3].min(other[3])]
}

/// From the coordinates in use to those of the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix {
    /// Where one step to the right leads.
    across: [f64; 2],
    /// Where one step up leads.
    up: [f64; 2],
    /// Where the corner is.
    corner: [f64; 2],
}

impl Matrix {
    /// Changes nothing.
    pub(super) const PLAIN: Self = Self::shift(0.0, 0.0);

    /// Only moves.
    pub(super) const fn shift(across: f64, up: f64) -> Self {
        Self { across: [1.0, 0.0], up: [0.0, 1.0], corner: [across, up] }
    }

    /// As six numbers say.
    pub(super) fn of(numbers: &[f64]) -> Option<Self> {
        let (first, rest) = numbers.split_first_chunk()?;
        let (second, rest) = rest.split_first_chunk()?;
        Some(Self { across: *first, up: *second, corner: rest.try_into().ok()? })
    }

    fn step(&self, [across, up]: [f64; 2]) -> [f64; 2] {
        [self.across[0] * across + self.up[0] * up, self.across[1] * across + self.up[1] * up]
    }

    /// Where a point leads.
    pub(super) fn point(&self, point: [f64; 2]) -> [f64; 2] {
        let [across, up] = self.step(point);
        [across + self.corner[0], up + self.corner[1]]
    }

    /// This one, and then another one.
    pub(super) fn then(&self, next: &Self) -> Self {
        Self { across: next.step(self.across), up: next.step(self.up), corner: next.point(self.corner) }
    }

    /// The smallest upright rectangle around a placed one.
    pub(super) fn area(&self, [left, bottom, right, top]: Area) -> Area {
        let corners = [[left, bottom], [left, top], [right, bottom], [right, top]];
        corners.into_iter().fold(NOWHERE, |all, corner| with(all, self.point(corner)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_follow_each_other() {
        let double = Matrix::of(&[2.0, 0.0, 0.0, 2.0, 0.0, 0.0]).unwrap_or(Matrix::PLAIN);
        let quarter = Matrix::of(&[0.0, 1.0, -1.0, 0.0, 5.0, 0.0]).unwrap_or(Matrix::PLAIN);
        let area = double.then(&quarter).area([0.0, 0.0, 1.0, 2.0]);
        assert_eq!(area.map(|edge| edge.to_string()), ["1", "0", "5", "2"]);
        assert_eq!(Matrix::of(&[1.0; 5]), None);
    }
}
