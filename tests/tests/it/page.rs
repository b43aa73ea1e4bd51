//! What the panel's pages do with what the desk tells them, in one browser, without a panel.

mod calls;
mod forms;
mod journal;
mod keys;
mod looks;
mod low;
mod names;
mod phone;
mod presence;
mod presses;
mod screen_pop;
mod sections;
mod sentences;
mod settling;
mod shapes;
mod still;
mod team;
mod tips;
mod waiting;
