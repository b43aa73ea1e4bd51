//! The panel's pages alone, in one Chromium, with a played host where Tauri would be: the test says what the host answers and
//! tells, and sees what the page asks. What the page is in the panel's windows it is here, under the same content policy; a
//! check takes some ten milliseconds, so that every state can be met in every language, theme and size of text.

mod chromium;
pub mod desk;
pub mod served;
pub mod shapes;
mod stage;

pub use shapes::Shapes;
pub use stage::{Check, Look, Stage, run};

/// Names checks for [`run`]: each takes the stage as the one before left it, and opens the page that it needs.
#[macro_export]
macro_rules! checks {
    ($($check:path),+ $(,)?) => {
        &[$((stringify!($check), |stage| Box::pin($check(stage)))),+]
    };
}
