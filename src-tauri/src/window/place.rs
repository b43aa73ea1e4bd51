//! Where the pop-up goes: the lower right corner of the screen that the pointer is on. Pure arithmetic, physical pixels.

/// A rectangle in physical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    /// Left edge.
    pub(crate) x: i32,
    /// Upper edge.
    pub(crate) y: i32,
    /// Width.
    pub(crate) width: u32,
    /// Height.
    pub(crate) height: u32,
}

/// Distance from the screen's edges, logical pixels.
const MARGIN: f64 = 16.0;
/// One card, logical pixels (`ui/popup.css` has the same).
pub(crate) const CARD: (f64, f64) = (360.0, 168.0);
/// Cards that are shown at most; more calls than that scroll inside.
const MOST_CARDS: usize = 4;

/// The pop-up's size for this many calls, logical pixels, no higher than fits on a screen of `screen_height`.
pub(crate) fn size(calls: usize, screen_height: f64) -> (f64, f64) {
    let cards = u32::try_from(calls.clamp(1, MOST_CARDS)).unwrap_or(1);
    let most = (screen_height - 2.0 * MARGIN).max(CARD.1);
    (CARD.0, (CARD.1 * f64::from(cards)).min(most))
}

/// The upper left corner of a window of `size` (physical) in the lower right of `work_area`, which leaves out task bars.
pub(crate) fn corner(work_area: Area, size: (u32, u32), scale: f64) -> (i32, i32) {
    // A margin is a few pixels: it fits.
    #[allow(clippy::cast_possible_truncation)]
    let margin = (MARGIN * scale).round() as i32;
    let end = |start: i32, length: u32, own: u32| {
        let room = i64::from(length) - i64::from(own) - i64::from(margin);
        i32::try_from(i64::from(start) + room.max(0)).unwrap_or(start)
    };
    (end(work_area.x, work_area.width, size.0), end(work_area.y, work_area.height, size.1))
}

/// The first area that holds the point, else the first one at all (a pointer between two screens).
pub(crate) fn holding(areas: &[Area], x: f64, y: f64) -> Option<usize> {
    let holds = |area: &Area| {
        x >= f64::from(area.x)
            && x < f64::from(area.x) + f64::from(area.width)
            && y >= f64::from(area.y)
            && y < f64::from(area.y) + f64::from(area.height)
    };
    areas.iter().position(holds).or(if areas.is_empty() { None } else { Some(0) })
}

#[cfg(test)]
mod tests {
    use super::{Area, corner, holding, size};

    const LEFT: Area = Area { x: 0, y: 0, width: 1920, height: 1080 };
    const RIGHT: Area = Area { x: 1920, y: -200, width: 2560, height: 1440 };

    #[test]
    fn the_corner_is_the_lower_right_of_the_work_area() {
        assert_eq!(corner(LEFT, (360, 168), 1.0), (1920 - 360 - 16, 1080 - 168 - 16));
        assert_eq!(corner(RIGHT, (720, 336), 2.0), (1920 + 2560 - 720 - 32, -200 + 1440 - 336 - 32));
    }

    #[test]
    fn a_screen_that_is_too_small_shows_the_upper_left() {
        let tiny = Area { x: 10, y: 20, width: 200, height: 100 };
        assert_eq!(corner(tiny, (360, 168), 1.0), (10, 20));
    }

    #[test]
    fn the_screen_is_the_one_with_the_pointer() {
        assert_eq!(holding(&[LEFT, RIGHT], 1919.0, 10.0), Some(0));
        assert_eq!(holding(&[LEFT, RIGHT], 1920.0, -100.0), Some(1));
        assert_eq!(holding(&[LEFT, RIGHT], 9999.0, 9999.0), Some(0));
        assert_eq!(holding(&[], 0.0, 0.0), None);
    }

    #[test]
    fn calls_stack_until_the_screen_or_four_cards_are_full() {
        assert_eq!(size(1, 1080.0), (360.0, 168.0));
        assert_eq!(size(3, 1080.0), (360.0, 504.0));
        assert_eq!(size(9, 1080.0), (360.0, 672.0));
        assert_eq!(size(4, 480.0), (360.0, 448.0));
        assert_eq!(size(1, 10.0), (360.0, 168.0));
    }
}
