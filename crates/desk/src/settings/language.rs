//! The languages the panel speaks.

use serde::{Deserialize, Serialize};

/// The languages the panel speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Chinese in simplified characters.
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The tag in the configuration file and of `ui/locales`: `zh-CN` or `en`.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// Reads such a tag.
    pub fn from_tag(tag: &str) -> Option<Language> {
        [Language::Chinese, Language::English].into_iter().find(|language| language.tag().eq_ignore_ascii_case(tag))
    }
}
