//! Pictures of the panel on a virtual screen: one scripted call through every button, or the player in every state.
//!
//! `scripted-demo [zh|en] [light|dark] [player] [FOLDER]`: the language is the system's, the theme light and the folder
//! `target/demo` when not given.

#![allow(clippy::print_stdout)] // The names of the pictures are its answer.

use std::path::PathBuf;

use anyhow::Result;
use uncall_tests::{demo, panel::Look};

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|known| known == word);
    let system = std::env::var("LC_ALL").or_else(|_| std::env::var("LANG")).unwrap_or_default();
    let chinese = has("zh") || (!has("en") && system.starts_with("zh"));
    let look = Look { dark: has("dark"), ..if chinese { Look::CHINESE } else { Look::ENGLISH } };
    let named = words.iter().find(|word| !["zh", "en", "light", "dark", "player"].contains(&word.as_str()));
    let folder = named.map_or_else(|| PathBuf::from("target/demo"), PathBuf::from);
    let pictures =
        if has("player") { demo::player::run(look, &folder).await? } else { demo::run(look, &folder).await? };
    for picture in pictures {
        println!("{}", picture.display());
    }
    Ok(())
}
