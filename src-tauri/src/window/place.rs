//! The windows' places: the pop-up in a corner of a screen, the main window at its last place. Pure arithmetic, in physical
//! pixels unless stated otherwise.

use uncall_desk::settings::Corner;

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

impl Area {
    /// Whether the two overlap.
    pub(crate) fn covers(self, other: Area) -> bool {
        overlap(self.x, self.width, other.x, other.width) > 0 && overlap(self.y, self.height, other.y, other.height) > 0
    }

    fn is_within(self, outer: Area) -> bool {
        overlap(self.x, self.width, outer.x, outer.width) == i64::from(self.width)
            && overlap(self.y, self.height, outer.y, outer.height) == i64::from(self.height)
    }
}

/// The distance from the edges of the screen, in logical pixels.
const MARGIN: f64 = 16.0;
/// How much of a window's top edge must be on a screen so that the user can grab it, in physical pixels.
const GRIP: i64 = 48;

/// The size of a window that needs `needed` (physical), no larger than the work area without its margins.
pub(crate) fn fitting(needed: (f64, f64), work_area: Area, scale: f64) -> (u32, u32) {
    let room = |length: u32| (f64::from(length) - 2.0 * MARGIN * scale).max(1.0);
    // Cannot overflow: it is at most the size of a screen.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let fit = |needed: f64, length: u32| needed.ceil().clamp(1.0, room(length)) as u32;
    (fit(needed.0, work_area.width), fit(needed.1, work_area.height))
}

/// The upper left corner of a window of `size` in a corner of `work_area`, which leaves out task bars.
pub(crate) fn corner(work_area: Area, size: (u32, u32), scale: f64, corner: Corner) -> (i32, i32) {
    // Cannot overflow: a margin is a few pixels.
    #[allow(clippy::cast_possible_truncation)]
    let margin = (MARGIN * scale).round() as i32;
    let place = |start: i32, length: u32, own: u32, at_end: bool| {
        let room = (i64::from(length) - i64::from(own) - i64::from(margin)).max(0);
        let offset = if at_end { room } else { room.min(i64::from(margin)) };
        i32::try_from(i64::from(start) + offset).unwrap_or(start)
    };
    let right = matches!(corner, Corner::TopRight | Corner::BottomRight);
    let bottom = matches!(corner, Corner::BottomLeft | Corner::BottomRight);
    (place(work_area.x, work_area.width, size.0, right), place(work_area.y, work_area.height, size.1, bottom))
}

/// The nearest place to `at`, within the work area, where a window of `size` does not cover `other`; `at` itself if there is
/// none.
pub(crate) fn beside(at: (i32, i32), size: (u32, u32), scale: f64, work_area: Area, other: Area) -> (i32, i32) {
    #[allow(clippy::cast_possible_truncation)]
    let margin = (MARGIN * scale).round() as i64;
    let of = |(x, y): (i32, i32)| Area { x, y, width: size.0, height: size.1 };
    let (right, bottom) = (i64::from(other.x) + i64::from(other.width), i64::from(other.y) + i64::from(other.height));
    let before = |start: i32, own: u32| i32::try_from(i64::from(start) - margin - i64::from(own)).ok();
    let behind = |end: i64| i32::try_from(end + margin).ok();
    let places = [
        Some(at),
        before(other.x, size.0).map(|x| (x, at.1)),
        behind(right).map(|x| (x, at.1)),
        before(other.y, size.1).map(|y| (at.0, y)),
        behind(bottom).map(|y| (at.0, y)),
    ];
    let free = |place: &(i32, i32)| !of(*place).covers(other) && of(*place).is_within(work_area);
    let far = |(x, y): &(i32, i32)| x.abs_diff(at.0).saturating_add(y.abs_diff(at.1));
    places.into_iter().flatten().filter(free).min_by_key(far).unwrap_or(at)
}

/// The first area that contains the point, or else the first area (a pointer between two screens).
pub(crate) fn holding(areas: &[Area], x: f64, y: f64) -> Option<usize> {
    let holds = |area: &Area| {
        x >= f64::from(area.x)
            && x < f64::from(area.x) + f64::from(area.width)
            && y >= f64::from(area.y)
            && y < f64::from(area.y) + f64::from(area.height)
    };
    areas.iter().position(holds).or(if areas.is_empty() { None } else { Some(0) })
}

/// The place for a window that was at `place`: the same if its top edge can be grabbed, otherwise entirely on the nearest work
/// area. `None` without a screen.
pub(crate) fn on_a_screen(place: Area, work_areas: &[Area]) -> Option<Area> {
    let reachable = |area: &&Area| {
        let across = overlap(place.x, place.width, area.x, area.width);
        let top = i64::from(place.y) - i64::from(area.y);
        across >= GRIP.min(i64::from(place.width)) && top >= 0 && top + GRIP <= i64::from(area.height)
    };
    let home = work_areas.iter().find(reachable);
    let area = home.or_else(|| work_areas.iter().min_by_key(|area| distance(place, **area)))?;
    let (width, height) = (place.width.min(area.width), place.height.min(area.height));
    if home.is_some() {
        return Some(Area { width, height, ..place });
    }
    let into = |at: i32, own: u32, start: i32, length: u32| {
        let last = i64::from(start) + i64::from(length) - i64::from(own);
        i32::try_from(i64::from(at).clamp(i64::from(start), last.max(i64::from(start)))).unwrap_or(start)
    };
    Some(Area {
        x: into(place.x, width, area.x, area.width),
        y: into(place.y, height, area.y, area.height),
        width,
        height,
    })
}

fn overlap(a: i32, a_length: u32, b: i32, b_length: u32) -> i64 {
    let end = (i64::from(a) + i64::from(a_length)).min(i64::from(b) + i64::from(b_length));
    end - i64::from(a.max(b))
}

/// The distance between two rectangles, the sum of both axes. 0 if they touch.
fn distance(a: Area, b: Area) -> i64 {
    let apart = |a, a_length, b, b_length| (-overlap(a, a_length, b, b_length)).max(0);
    apart(a.x, a.width, b.x, b.width) + apart(a.y, a.height, b.y, b.height)
}

#[cfg(test)]
mod tests {
    use uncall_desk::settings::Corner;

    use super::{Area, beside, corner, fitting, holding, on_a_screen};

    const LEFT: Area = Area { x: 0, y: 0, width: 1920, height: 1080 };
    const RIGHT: Area = Area { x: 1920, y: -200, width: 2560, height: 1440 };

    #[test]
    fn every_corner_keeps_its_margin() {
        let at = |area, size, scale, of| corner(area, size, scale, of);
        assert_eq!(at(LEFT, (360, 168), 1.0, Corner::BottomRight), (1920 - 360 - 16, 1080 - 168 - 16));
        assert_eq!(at(RIGHT, (720, 336), 2.0, Corner::BottomRight), (1920 + 2560 - 720 - 32, -200 + 1440 - 336 - 32));
        assert_eq!(at(LEFT, (360, 168), 1.0, Corner::TopLeft), (16, 16));
        assert_eq!(at(LEFT, (360, 168), 1.0, Corner::TopRight), (1920 - 360 - 16, 16));
        assert_eq!(at(RIGHT, (360, 168), 1.0, Corner::BottomLeft), (1936, 1240 - 168 - 16));
    }

    #[test]
    fn a_screen_that_is_too_small_shows_the_upper_left() {
        let tiny = Area { x: 10, y: 20, width: 200, height: 100 };
        for of in Corner::ALL {
            assert_eq!(corner(tiny, (360, 168), 1.0, of), (10, 20));
        }
    }

    #[test]
    fn the_screen_is_the_one_with_the_pointer() {
        assert_eq!(holding(&[LEFT, RIGHT], 1919.0, 10.0), Some(0));
        assert_eq!(holding(&[LEFT, RIGHT], 1920.0, -100.0), Some(1));
        assert_eq!(holding(&[LEFT, RIGHT], 9999.0, 9999.0), Some(0));
        assert_eq!(holding(&[], 0.0, 0.0), None);
    }

    #[test]
    fn a_window_is_as_large_as_its_page_needs_and_as_its_screen_permits() {
        assert_eq!(fitting((360.0, 168.0), LEFT, 1.0), (360, 168));
        assert_eq!(fitting((720.0, 1344.0), LEFT, 1.0), (720, 1048));
        assert_eq!(fitting((540.2, 252.0), RIGHT, 2.0), (541, 252));
        let tiny = Area { x: 10, y: 20, width: 20, height: 10 };
        assert_eq!(fitting((360.0, f64::NAN), tiny, 1.0).0, 1);
    }

    #[test]
    fn it_leaves_a_window_free_where_there_is_room() {
        let (at, card) = ((1544, 896), (360, 168));
        let free = |window| beside(at, card, 1.0, LEFT, window);
        let window = |x, y, width, height| Area { x, y, width, height };
        assert_eq!(free(window(100, 100, 380, 640)), at, "nothing is in its way");
        assert_eq!(free(window(1520, 400, 380, 640)), (1520 - 16 - 360, 896), "to its left");
        assert_eq!(free(window(1200, 950, 380, 100)), (1544, 950 - 16 - 168), "above it");
        assert_eq!(free(window(0, 200, 1920, 800)), (1544, 16), "above");
        assert_eq!(free(window(0, 0, 1920, 1080)), at, "there is no room");
        assert_eq!(beside((16, 16), card, 1.0, LEFT, window(0, 0, 380, 640)), (396, 16), "to its right");
        let far = window(i32::MAX, i32::MIN, u32::MAX, u32::MAX);
        assert_eq!(free(far), at);
        assert_eq!(beside((i32::MIN, i32::MAX), (u32::MAX, u32::MAX), 1e9, far, far), (i32::MIN, i32::MAX));
    }

    #[test]
    fn a_place_off_all_screens_comes_back_onto_the_nearest() {
        let window = |x, y| Area { x, y, width: 380, height: 640 };
        // Still within reach, so it stays.
        assert_eq!(on_a_screen(window(100, 100), &[LEFT, RIGHT]), Some(window(100, 100)));
        assert_eq!(on_a_screen(window(-200, 100), &[LEFT]), Some(window(-200, 100)));
        assert_eq!(on_a_screen(window(3000, -150), &[LEFT, RIGHT]), Some(window(3000, -150)));
        // The right screen was unplugged.
        assert_eq!(on_a_screen(window(3000, 300), &[LEFT]), Some(window(1540, 300)));
        // Above the top edge, and below the bottom one.
        assert_eq!(on_a_screen(window(100, -100), &[LEFT]), Some(window(100, 0)));
        assert_eq!(on_a_screen(window(100, 1070), &[LEFT]), Some(window(100, 440)));
        // Larger than the remaining screen.
        let small = Area { x: 0, y: 30, width: 300, height: 400 };
        assert_eq!(on_a_screen(window(2000, 2000), &[small]), Some(Area { x: 0, y: 30, width: 300, height: 400 }));
        assert_eq!(on_a_screen(window(0, 0), &[]), None);
        let far = Area { x: i32::MAX, y: i32::MIN, width: u32::MAX, height: u32::MAX };
        assert_eq!(on_a_screen(far, &[LEFT]), Some(LEFT));
    }
}
