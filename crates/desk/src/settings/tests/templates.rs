//! The templates for Windows group policy match what the panel reads, in both languages.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::layer::REGISTRY;
use super::super::value::understand_text;

const TEMPLATE: &str = include_str!("../../../../../packaging/windows/policy/uncall-panel.admx");
const ENGLISH: &str = include_str!("../../../../../packaging/windows/policy/en-US/uncall-panel.adml");
const CHINESE: &str = include_str!("../../../../../packaging/windows/policy/zh-CN/uncall-panel.adml");

/// An element: its name, its attributes, and the text in it.
#[derive(Debug, Default, Clone)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Element {
        let text = |text: &str| text.to_owned();
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            (text(attribute.key.as_ref()), text(&attribute.value))
        });
        Element { name: text(start.name().as_ref()), attributes: attributes.collect(), text: String::new() }
    }

    fn get(&self, attribute: &str) -> &str {
        self.attributes.get(attribute).map(String::as_str).unwrap_or_default()
    }
}

/// All elements in the order of their start tags. Panics if the text is not well-formed.
fn elements(text: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut all, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    loop {
        let event = reader.read_event().unwrap();
        if let Event::Start(start) = &event {
            open.push(all.len());
            all.push(Element::of(start));
        } else if let Event::Empty(start) = &event {
            all.push(Element::of(start));
        } else if let Event::End(_) = event {
            open.pop().unwrap();
        } else if let (Event::Text(text), Some(at)) = (&event, open.last()) {
            all[*at].text.push_str(text);
        } else if let Event::Eof = event {
            break;
        }
    }
    assert!(open.is_empty());
    all
}

fn called<'a>(all: &'a [Element], name: &str) -> Vec<&'a Element> {
    all.iter().filter(|element| element.name == name).collect()
}

/// The ids referenced as `$(string.ID)` or `$(presentation.ID)`.
fn referred(all: &[Element], kind: &str) -> BTreeSet<String> {
    let values = all.iter().flat_map(|element| element.attributes.values());
    let prefix = format!("$({kind}.");
    values.filter_map(|value| Some(value.strip_prefix(&prefix)?.strip_suffix(')')?.to_owned())).collect()
}

fn ids(all: &[Element], name: &str) -> BTreeSet<String> {
    called(all, name).into_iter().map(|element| element.get("id").to_owned()).collect()
}

#[test]
fn both_halves_have_every_value_that_the_panel_reads_and_no_other() {
    let all = elements(TEMPLATE);
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut policy = Element::default();
    for element in &all {
        if element.name == "policy" {
            policy = element.clone();
        }
        let value = element.get("valueName");
        if !value.is_empty() {
            assert!(names.entry(policy.get("key").to_owned()).or_default().insert(value.to_owned()), "{value} twice");
        }
    }
    let known: BTreeSet<String> = REGISTRY.iter().map(|(_, name)| (*name).to_owned()).collect();
    let halves: Vec<_> = names.keys().map(String::as_str).collect();
    assert_eq!(halves, [r"Software\Policies\Uncall\Panel\Default", r"Software\Policies\Uncall\Panel\Locked"]);
    assert!(names.values().all(|half| *half == known), "{names:?}");
}

#[test]
fn what_a_template_offers_is_what_the_panel_takes() {
    let key = |name: &str| REGISTRY.iter().find(|(_, known)| *known == name).unwrap().0;
    let taken = |name: &str, text: &str| matches!(understand_text(key(name), text, None), Ok(Some(_)));
    let (mut policy, mut inside) = (String::new(), String::new());
    let mut seen = 0;
    for element in elements(TEMPLATE) {
        match element.name.as_str() {
            "policy" => (policy, inside) = (element.get("valueName").to_owned(), String::new()),
            "enum" => inside = element.get("valueName").to_owned(),
            "string" => assert!(taken(&inside, &element.text), "{inside} {}", element.text),
            "decimal" if element.get("valueName").is_empty() => {
                assert!(taken(&policy, element.get("value")), "{policy} {}", element.get("value"));
            }
            "decimal" => {
                let name = element.get("valueName");
                let bound = |attribute| element.get(attribute).parse::<i64>().unwrap();
                let (least, most) = (bound("minValue"), bound("maxValue"));
                assert!(taken(name, &least.to_string()) && taken(name, &most.to_string()), "{name}");
                assert!(!taken(name, &(least - 1).to_string()) && !taken(name, &(most + 1).to_string()), "{name}");
            }
            _ => continue,
        }
        seen += 1;
    }
    assert!(seen > 2 * REGISTRY.len(), "{seen}");
}

#[test]
fn both_languages_have_every_text_and_every_form() {
    let template = elements(TEMPLATE);
    let forms: BTreeSet<String> =
        ["text", "decimal", "enum"].iter().flat_map(|kind| ids(&template, kind)).filter(|id| !id.is_empty()).collect();
    for language in [ENGLISH, CHINESE] {
        let resources = elements(language);
        assert_eq!(ids(&resources, "string"), referred(&template, "string"));
        assert_eq!(ids(&resources, "presentation"), referred(&template, "presentation"));
        assert!(called(&resources, "string").iter().all(|text| !text.text.trim().is_empty()));
        let fields = ["textBox", "decimalTextBox", "dropdownList"].iter().flat_map(|kind| called(&resources, kind));
        let fields: BTreeSet<String> = fields.map(|field| field.get("refId").to_owned()).collect();
        assert_eq!(fields, forms);
        assert_eq!(ids(&resources, "presentation"), forms);
    }
}
