//! Sentences for people, from the same files that the page uses.

use std::collections::HashMap;

use serde_json::Value;
use uncall_desk::settings::Language;

const ZH_CN: &str = include_str!("../../ui/locales/zh-CN.json");
const EN: &str = include_str!("../../ui/locales/en.json");

/// One language's sentences by key, e.g. `tray.quit`.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    language: Language,
    sentences: HashMap<String, String>,
}

impl Words {
    /// In the language that was chosen, else in the system's.
    pub(crate) fn new(choice: Option<Language>) -> Words {
        let language = choice.unwrap_or_else(|| spoken(&sys_locale::get_locale().unwrap_or_default()));
        let text = match language {
            Language::Chinese => ZH_CN,
            Language::English => EN,
        };
        let mut sentences = HashMap::new();
        if let Ok(value) = serde_json::from_str::<Value>(text) {
            flatten("", &value, &mut sentences);
        }
        Words { language, sentences }
    }

    /// Which language these are.
    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// The sentence for `key`, or the key itself, which a test keeps from happening.
    pub(crate) fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.sentences.get(key).map_or(key, String::as_str)
    }

    /// The sentence with `{name}` replaced by values.
    pub(crate) fn with(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut sentence = self.get(key).to_owned();
        for (name, value) in values {
            sentence = sentence.replace(&format!("{{{name}}}"), value);
        }
        sentence
    }
}

/// Chinese for every `zh`, English for all other locales.
fn spoken(locale: &str) -> Language {
    if locale.to_ascii_lowercase().starts_with("zh") { Language::Chinese } else { Language::English }
}

fn flatten(path: &str, value: &Value, into: &mut HashMap<String, String>) {
    match value {
        Value::String(sentence) => {
            into.insert(path.to_owned(), sentence.clone());
        }
        Value::Object(children) => {
            for (key, child) in children {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, child, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uncall_desk::settings::Language;

    use super::{Words, spoken};

    fn keys(language: Language) -> BTreeSet<String> {
        Words::new(Some(language)).sentences.into_keys().collect()
    }

    #[test]
    fn both_languages_have_the_same_sentences() {
        assert!(keys(Language::English).len() > 50);
        assert_eq!(keys(Language::English), keys(Language::Chinese));
    }

    #[test]
    fn every_problem_has_its_sentence() {
        let known = keys(Language::English);
        for code in uncall_desk::problem::CODES {
            assert!(known.contains(&format!("problem.{code}")), "{code}");
        }
    }

    #[test]
    fn placeholders_are_the_same_in_both_languages() {
        let names = |text: &str| -> BTreeSet<String> {
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect()
        };
        let (en, zh) = (Words::new(Some(Language::English)), Words::new(Some(Language::Chinese)));
        for key in keys(Language::English) {
            assert_eq!(names(en.get(&key)), names(zh.get(&key)), "{key}");
        }
    }

    #[test]
    fn every_chinese_locale_is_chinese_and_all_others_english() {
        for (locale, language) in [
            ("zh_TW.UTF-8", Language::Chinese),
            ("zh-CN", Language::Chinese),
            ("de-DE", Language::English),
            ("C", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(spoken(locale), language, "{locale}");
        }
    }
}
