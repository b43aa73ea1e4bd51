//! The pop-up's place: pure arithmetic on screen, page and main window.

use uncall_desk::settings::Corner;

use super::place::{self, Area};

/// The room that a notification may take in its corner, in logical pixels at normal text size.
const NOTIFICATION: (f64, f64) = (400.0, 160.0);

/// The pop-up on its screen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layout {
    /// The screen without task bars.
    pub(crate) work_area: Area,
    /// Physical pixels per logical pixel.
    pub(crate) scale: f64,
    /// Physical pixels per pixel of the page: the scale times the text size.
    pub(crate) pixels: f64,
    /// Its corner.
    pub(crate) corner: Corner,
    /// The size that the page needs, in its own pixels.
    pub(crate) page: (f64, f64),
    /// The number of calls that this size is for.
    pub(crate) calls: usize,
    /// The main window with its frame, if it is on a screen.
    pub(crate) main: Option<Area>,
    /// Whether the pop-up is on the screen.
    pub(crate) up: bool,
}

impl Layout {
    /// The window's area: in its corner, and beside the main window if there is room.
    pub(crate) fn area(&self) -> Area {
        let needed = (self.page.0 * self.pixels, self.page.1 * self.pixels);
        let size = place::fitting(needed, self.work_area, self.scale);
        let at = place::corner(self.work_area, size, self.scale, self.corner);
        let free = |main| place::beside(at, size, self.scale, self.work_area, main);
        let (x, y) = self.main.map_or(at, free);
        Area { x, y, width: size.0, height: size.1 }
    }

    /// The layout for another number of calls.
    pub(crate) fn with(&self, calls: usize) -> Layout {
        let count = |calls: usize| f64::from(u32::try_from(calls.max(1)).unwrap_or(u32::MAX));
        let page = (self.page.0, self.page.1 * count(calls) / count(self.calls));
        Layout { page, calls, ..self.clone() }
    }

    /// Whether it reaches the place of notifications in this corner of the screen.
    pub(crate) fn reaches(&self, corner: Corner) -> bool {
        let needed = (NOTIFICATION.0 * self.pixels, NOTIFICATION.1 * self.pixels);
        let size = place::fitting(needed, self.work_area, self.scale);
        let (x, y) = place::corner(self.work_area, size, self.scale, corner);
        self.area().covers(Area { x, y, width: size.0, height: size.1 })
    }
}

#[cfg(test)]
mod tests {
    use uncall_desk::settings::Corner;

    use super::Layout;
    use crate::window::place::Area;

    fn layout(text: f64, main: Option<Area>) -> Layout {
        Layout {
            work_area: Area { x: 0, y: 0, width: 1280, height: 800 },
            scale: 1.0,
            pixels: text,
            corner: Corner::BottomRight,
            page: (360.0, 168.0),
            calls: 1,
            main,
            up: true,
        }
    }

    #[test]
    fn a_pop_up_as_high_as_the_screen_lies_where_notifications_come() {
        for (text, calls, reaches) in
            [(1.0, 1, false), (1.0, 3, false), (1.0, 4, true), (2.0, 1, false), (2.0, 2, true)]
        {
            let layout = layout(text, None).with(calls);
            assert_eq!(layout.reaches(Corner::TopRight), reaches, "{calls} calls at {text}");
            assert!(layout.reaches(Corner::BottomRight));
            assert!(text > 1.0 || !layout.reaches(Corner::TopLeft), "it is on the right");
        }
    }

    #[test]
    fn the_main_window_is_left_free() {
        let main = Area { x: 880, y: 100, width: 380, height: 660 };
        let beside = layout(1.0, Some(main)).area();
        assert!(!beside.covers(main), "{beside:?}");
        assert_eq!(beside.y, layout(1.0, None).area().y, "it stays at its edge of the screen");
    }
}
