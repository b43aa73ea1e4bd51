//! The types of `ui/types.d.ts`, as far as that file goes, to compare them with what the host really sends and takes.

use std::{collections::BTreeMap, iter::Peekable, vec::IntoIter};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

/// Every exported type, by name.
#[derive(Debug)]
pub struct Shapes(BTreeMap<String, Shape>);

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Literal(String),
    Named(String),
    Object(BTreeMap<String, Shape>),
    List(Box<Shape>),
    Tuple(Vec<Shape>),
    Union(Vec<Shape>),
    /// With parameters: an object whose keys are not looked at.
    Mapped,
}

impl Shapes {
    /// Reads the page's types.
    pub fn read() -> Result<Shapes> {
        let text = std::fs::read_to_string(crate::repository().join("ui/types.d.ts"))?;
        let exported = text.split("declare global").next().unwrap_or_default();
        Reader(tokens(exported).into_iter().peekable()).shapes()
    }

    /// The words of a type that is nothing but words, in order.
    pub fn words(&self, name: &str) -> Result<Vec<String>> {
        let Shape::Union(choices) = self.named(name)? else { bail!("{name} is no union") };
        let word = |shape: &Shape| {
            let Shape::Literal(word) = shape else { bail!("{shape:?} is no word") };
            Ok(word.clone())
        };
        let mut words = choices.iter().map(word).collect::<Result<Vec<String>>>()?;
        words.sort();
        Ok(words)
    }

    /// Fails where the value is not of this type: a key too few or too many, a word that the type does not have.
    pub fn check(&self, name: &str, value: &Value) -> Result<()> {
        self.fits(self.named(name)?, value).with_context(|| format!("{name}: {value}"))
    }

    /// A value of each form that the type can have.
    pub fn samples(&self, name: &str) -> Result<Vec<Value>> {
        self.forms(self.named(name)?)
    }

    fn named(&self, name: &str) -> Result<&Shape> {
        self.0.get(name).with_context(|| format!("types.d.ts has no {name}"))
    }

    fn fits(&self, shape: &Shape, value: &Value) -> Result<()> {
        match shape {
            Shape::Literal(word) => ensure!(value == word.as_str(), "{value} is not {word:?}"),
            Shape::Named(name) => match name.as_str() {
                "string" => ensure!(value.is_string(), "{value} is no string"),
                "number" => ensure!(value.is_number(), "{value} is no number"),
                "boolean" => ensure!(value.is_boolean(), "{value} is no boolean"),
                "null" => ensure!(value.is_null(), "{value} is not null"),
                _ => self.fits(self.named(name)?, value)?,
            },
            Shape::Object(fields) => {
                let object = value.as_object().with_context(|| format!("{value} is no object"))?;
                for (field, shape) in fields {
                    let value = object.get(field).with_context(|| format!("the host has no {field}"))?;
                    self.fits(shape, value).with_context(|| field.clone())?;
                }
                let more = object.keys().find(|key| !fields.contains_key(*key));
                ensure!(more.is_none(), "the page does not know {more:?}");
            }
            Shape::List(each) => {
                let list = value.as_array().with_context(|| format!("{value} is no list"))?;
                list.iter().try_for_each(|value| self.fits(each, value))?;
            }
            Shape::Tuple(parts) => {
                let list = value.as_array().with_context(|| format!("{value} is no list"))?;
                ensure!(list.len() == parts.len(), "{value} is no list of {}", parts.len());
                parts.iter().zip(list).try_for_each(|(part, value)| self.fits(part, value))?;
            }
            Shape::Mapped => ensure!(value.is_object(), "{value} is no object"),
            Shape::Union(choices) => {
                // Of something or nothing, the error of the something helps.
                let null = Shape::Named("null".into());
                let somethings: Vec<&Shape> = choices.iter().filter(|choice| **choice != null).collect();
                if let ([something], false) = (&somethings[..], value.is_null()) {
                    return self.fits(something, value);
                }
                ensure!(
                    choices.iter().any(|choice| self.fits(choice, value).is_ok()),
                    "{value} is none of {choices:?}"
                );
            }
        }
        Ok(())
    }

    fn forms(&self, shape: &Shape) -> Result<Vec<Value>> {
        Ok(match shape {
            Shape::Literal(word) => vec![word.as_str().into()],
            Shape::Named(name) => match name.as_str() {
                "string" => vec!["802".into()],
                "number" => vec![1.into()],
                "boolean" => vec![true.into(), false.into()],
                "null" => vec![Value::Null],
                _ => self.forms(self.named(name)?)?,
            },
            Shape::Object(fields) => {
                let mut objects = vec![Map::new()];
                for (field, shape) in fields {
                    let forms = self.forms(shape)?;
                    let with = |object: &Map<String, Value>, form: &Value| {
                        let mut object = object.clone();
                        object.insert(field.clone(), form.clone());
                        object
                    };
                    objects = objects.iter().flat_map(|object| forms.iter().map(|form| with(object, form))).collect();
                }
                objects.into_iter().map(Value::Object).collect()
            }
            Shape::List(each) => vec![Value::Array(self.forms(each)?)],
            Shape::Tuple(parts) => {
                let first =
                    |part: &Shape| self.forms(part).map(|forms| forms.into_iter().next().unwrap_or(Value::Null));
                vec![parts.iter().map(first).collect::<Result<_>>()?]
            }
            Shape::Mapped => vec![Value::Object(Map::new())],
            Shape::Union(choices) => choices
                .iter()
                .map(|choice| self.forms(choice))
                .collect::<Result<Vec<_>>>()?
                .into_iter()
                .flatten()
                .collect(),
        })
    }
}

/// Names, strings with their quotes, and signs; comments are left out.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            rest.char_indices().skip(1).find(|(_, sign)| *sign == '"').map_or(rest.len(), |(end, _)| end + 1)
        } else if first.is_alphanumeric() || first == '_' {
            rest.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        if !token.starts_with("//") && !token.starts_with("/*") {
            tokens.push(token.to_owned());
        }
        rest = after.trim_start();
    }
    tokens
}

struct Reader(Peekable<IntoIter<String>>);

impl Reader {
    fn shapes(mut self) -> Result<Shapes> {
        let mut shapes = BTreeMap::new();
        while self.0.peek().is_some() {
            self.expect("export")?;
            let kind = self.next()?;
            let name = self.next()?;
            let shape = match kind.as_str() {
                "interface" => self.shape()?,
                "type" => {
                    self.expect("=")?;
                    let shape = self.shape()?;
                    self.expect(";")?;
                    shape
                }
                other => bail!("{other} {name} cannot be read"),
            };
            shapes.insert(name, shape);
        }
        Ok(Shapes(shapes))
    }

    fn next(&mut self) -> Result<String> {
        self.0.next().context("types.d.ts ends too early")
    }

    fn takes(&mut self, token: &str) -> bool {
        self.0.next_if(|next| next == token).is_some()
    }

    fn expect(&mut self, token: &str) -> Result<()> {
        let next = self.next()?;
        ensure!(next == token, "{next:?} where {token:?} belongs");
        Ok(())
    }

    fn shape(&mut self) -> Result<Shape> {
        let _first = self.takes("|");
        let mut choices = vec![self.one()?];
        while self.takes("|") {
            choices.push(self.one()?);
        }
        Ok(if choices.len() == 1 { choices.remove(0) } else { Shape::Union(choices) })
    }

    fn one(&mut self) -> Result<Shape> {
        let token = self.next()?;
        let mut shape = match token.as_str() {
            "{" => self.object()?,
            "[" => {
                let mut parts = vec![self.shape()?];
                while self.takes(",") {
                    parts.push(self.shape()?);
                }
                self.expect("]")?;
                Shape::Tuple(parts)
            }
            "(" => {
                let shape = self.shape()?;
                self.expect(")")?;
                shape
            }
            _ if self.takes("<") => {
                let mut depth = 1;
                while depth > 0 {
                    match self.next()?.as_str() {
                        "<" => depth += 1,
                        ">" => depth -= 1,
                        _ => {}
                    }
                }
                Shape::Mapped
            }
            word if word.starts_with('"') => Shape::Literal(word.trim_matches('"').to_owned()),
            name => Shape::Named(name.to_owned()),
        };
        while self.takes("[") {
            self.expect("]")?;
            shape = Shape::List(Box::new(shape));
        }
        Ok(shape)
    }

    fn object(&mut self) -> Result<Shape> {
        let mut fields = BTreeMap::new();
        while !self.takes("}") {
            let name = self.next()?;
            self.expect(":")?;
            fields.insert(name, self.shape()?);
            let _separator = self.takes(";") || self.takes(",");
        }
        Ok(Shape::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Reader, Shapes, tokens};

    fn read(text: &str) -> Shapes {
        Reader(tokens(text).into_iter().peekable()).shapes().unwrap()
    }

    #[test]
    fn a_value_fits_or_it_is_said_where_it_does_not() {
        let shapes = read(
            r#"// What it is.
            export type Word = | "one" | "two";
            export interface Thing { /* of it */ word: Word | null; pairs: [number, number][]; more: { deep: string; }; }"#,
        );
        let fits = json!({"word": "two", "pairs": [[1, 2.5]], "more": {"deep": ""}});
        shapes.check("Thing", &fits).unwrap();
        for (wrong, why) in [
            (json!({"word": "three", "pairs": [], "more": {"deep": ""}}), "three"),
            (json!({"word": null, "pairs": [[1]], "more": {"deep": ""}}), "list of 2"),
            (json!({"word": null, "pairs": [], "more": {}}), "has no deep"),
            (json!({"word": null, "pairs": [], "more": {"deep": "", "er": 1}}), "does not know"),
            (json!({"word": null, "pairs": null, "more": {"deep": ""}}), "no list"),
        ] {
            let error = format!("{:?}", shapes.check("Thing", &wrong).unwrap_err());
            assert!(error.contains(why), "{error}");
        }
        assert_eq!(shapes.words("Word").unwrap(), ["one", "two"]);
        assert_eq!(shapes.samples("Thing").unwrap().len(), 3, "each word, and none");
    }
}
