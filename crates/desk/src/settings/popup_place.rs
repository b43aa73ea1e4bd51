//! Where pop-ups come: a corner of a screen.

use std::fmt;
use std::str::FromStr;

/// A corner of a screen's work area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Corner {
    /// The upper left one.
    TopLeft,
    /// The upper right one.
    TopRight,
    /// The lower left one.
    BottomLeft,
    /// The lower right one.
    #[default]
    BottomRight,
}

impl Corner {
    /// All of them, in the order of a page that is read.
    pub const ALL: [Corner; 4] = [Corner::TopLeft, Corner::TopRight, Corner::BottomLeft, Corner::BottomRight];

    /// As it is written: `top-left`, `top-right`, `bottom-left` or `bottom-right`.
    pub const fn name(self) -> &'static str {
        match self {
            Corner::TopLeft => "top-left",
            Corner::TopRight => "top-right",
            Corner::BottomLeft => "bottom-left",
            Corner::BottomRight => "bottom-right",
        }
    }
}

/// Which screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Screen {
    /// The one with the pointer.
    #[default]
    Pointer,
    /// The one that the system calls its main or primary one.
    Primary,
    /// The one with this name, as the window system has it: `HDMI-1`, `\\.\DISPLAY2`, `Built-in Retina Display`.
    Named(String),
}

impl Screen {
    /// Whether a fixed screen is meant by the name that the window system has for it: in any case, and without the `\\.\`
    /// of Windows. `false` for the pointer's and the primary one.
    pub fn is_called(&self, name: &str) -> bool {
        let bare = |name: &str| name.trim().trim_start_matches(r"\\.\").to_lowercase();
        matches!(self, Screen::Named(own) if bare(own) == bare(name))
    }
}

/// Where pop-ups come. Written as `pointer` (the lower right of the pointer's screen), `CORNER` (the same screen, another
/// corner), `CORNER on primary` or `CORNER on NAME`; the default is `pointer`. A screen that is not there is for whoever
/// shows the pop-up to replace by the pointer's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PopupPlace {
    /// The corner.
    pub corner: Corner,
    /// The screen.
    pub screen: Screen,
}

/// The text is no place for a pop-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "takes \"pointer\", a corner like \"bottom-right\", or a corner and a screen like \"bottom-right on primary\" or \"top-left on HDMI-1\""
)]
pub struct NoPlace;

impl FromStr for PopupPlace {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<PopupPlace, NoPlace> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("pointer") {
            return Ok(PopupPlace::default());
        }
        let (corner, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let corner = Corner::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(corner)).ok_or(NoPlace)?;
        let screen = match rest.trim().split_once(char::is_whitespace) {
            None if rest.trim().is_empty() => Screen::Pointer,
            Some((on, name)) if on.eq_ignore_ascii_case("on") => match name.trim() {
                name if name.eq_ignore_ascii_case("pointer") => Screen::Pointer,
                name if name.eq_ignore_ascii_case("primary") => Screen::Primary,
                name if name.chars().any(char::is_control) => return Err(NoPlace),
                name => Screen::Named(name.to_owned()),
            },
            None | Some(_) => return Err(NoPlace),
        };
        Ok(PopupPlace { corner, screen })
    }
}

impl fmt::Display for PopupPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.screen, self.corner) {
            (Screen::Pointer, Corner::BottomRight) => f.write_str("pointer"),
            (Screen::Pointer, corner) => f.write_str(corner.name()),
            (Screen::Primary, corner) => write!(f, "{} on primary", corner.name()),
            (Screen::Named(name), corner) => write!(f, "{} on {name}", corner.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(corner: Corner, screen: Screen) -> PopupPlace {
        PopupPlace { corner, screen }
    }

    #[test]
    fn how_a_place_is_written() {
        let named = |name: &str| Screen::Named(name.into());
        for (text, meant, written) in [
            ("pointer", place(Corner::BottomRight, Screen::Pointer), "pointer"),
            (" Bottom-Right ", place(Corner::BottomRight, Screen::Pointer), "pointer"),
            ("top-left", place(Corner::TopLeft, Screen::Pointer), "top-left"),
            ("top-left on pointer", place(Corner::TopLeft, Screen::Pointer), "top-left"),
            ("bottom-left on PRIMARY", place(Corner::BottomLeft, Screen::Primary), "bottom-left on primary"),
            ("top-right  on  HDMI-1", place(Corner::TopRight, named("HDMI-1")), "top-right on HDMI-1"),
            (
                r"top-right on \\.\DISPLAY2",
                place(Corner::TopRight, named(r"\\.\DISPLAY2")),
                r"top-right on \\.\DISPLAY2",
            ),
            (
                "top-right on Built-in on 2",
                place(Corner::TopRight, named("Built-in on 2")),
                "top-right on Built-in on 2",
            ),
        ] {
            assert_eq!(text.parse(), Ok(meant), "{text}");
            let place: PopupPlace = text.parse().unwrap();
            assert_eq!(place.to_string(), written);
            assert_eq!(written.parse(), Ok(place));
        }
        for text in [
            "",
            "middle",
            "HDMI-1",
            "top-left on",
            "top-left on ",
            "top-left HDMI-1",
            "top-left at HDMI-1",
            "top-left on a\u{7}b",
        ] {
            assert_eq!(text.parse::<PopupPlace>(), Err(NoPlace), "{text}");
        }
    }

    #[test]
    fn which_screen_is_meant() {
        let named = Screen::Named("display2".into());
        assert!(named.is_called(r"\\.\DISPLAY2") && named.is_called("Display2") && !named.is_called(r"\\.\DISPLAY1"));
        assert!(Screen::Named(r"\\.\DISPLAY2".into()).is_called(r"\\.\DISPLAY2"));
        assert!(!Screen::Primary.is_called("primary") && !Screen::Pointer.is_called("pointer"));
    }
}
