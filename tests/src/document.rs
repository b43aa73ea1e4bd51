//! A strict reader of the inner document, independent of `uncall-contract`.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

const DECLARATION: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;

/// Reads `<?xml …?><uncall>…</uncall>` into the content of `uncall`: an object for elements, a string for text.
///
/// An error for everything that the API's document does not have: another declaration, attributes, comments, CDATA,
/// two fields of one name, text beside elements, anything behind the end.
pub fn read(text: &str) -> Result<Value> {
    let body = text.strip_prefix(DECLARATION).with_context(|| format!("no {DECLARATION} at the start of {text:?}"))?;
    let body = body.trim_start().strip_prefix("<uncall>").with_context(|| format!("no <uncall> in {text:?}"))?;
    let (content, rest) = content(body, "uncall").with_context(|| format!("in {text:?}"))?;
    ensure!(rest.trim().is_empty(), "{rest:?} stands behind the document");
    Ok(content)
}

/// Reads up to and including `</name>`. Also returns the rest after it.
fn content<'a>(mut rest: &'a str, name: &str) -> Result<(Value, &'a str)> {
    let mut children = Map::new();
    let mut text = String::new();
    loop {
        let (before, tag) = rest.split_once('<').with_context(|| format!("<{name}> is never closed"))?;
        text.push_str(&unescaped(before)?);
        let (tag, behind) = tag.split_once('>').with_context(|| format!("a tag in <{name}> is never closed"))?;
        if let Some(closed) = tag.strip_prefix('/') {
            ensure!(closed == name, "<{name}> is closed by </{closed}>");
            return match (children.is_empty(), text.trim().is_empty()) {
                (true, _) => Ok((Value::String(text), behind)),
                (false, true) => Ok((Value::Object(children), behind)),
                (false, false) => bail!("text beside elements in <{name}>: {text:?}"),
            };
        }
        let (child, empty) = tag.strip_suffix('/').map_or((tag, false), |child| (child, true));
        ensure!(child.chars().all(|c| c.is_ascii_alphanumeric()) && !child.is_empty(), "not a plain tag: <{tag}>");
        let (value, behind) = if empty { (Value::String(String::new()), behind) } else { content(behind, child)? };
        ensure!(children.insert(child.to_owned(), value).is_none(), "two <{child}> in <{name}>");
        rest = behind;
    }
}

/// Text with XML's entities resolved.
pub fn unescaped(text: &str) -> Result<String> {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, behind) = part.split_once(';').with_context(|| format!("a bare & before {part:?}"))?;
        plain.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => numbered(entity).with_context(|| format!("not an entity of XML: &{entity};"))?,
        });
        plain.push_str(behind);
    }
    Ok(plain)
}

fn numbered(entity: &str) -> Option<char> {
    let number = entity.strip_prefix('#')?;
    let code = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    fn uncall(content: &str) -> anyhow::Result<serde_json::Value> {
        read(&format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<uncall>{content}</uncall>"))
    }

    #[test]
    fn reads_elements_and_text() {
        let read =
            uncall("<result>1</result><hangUp><Response>A&amp;B &#x597d;</Response><Message/></hangUp>").unwrap();
        assert_eq!(read, json!({"result": "1", "hangUp": {"Response": "A&B 好", "Message": ""}}));
    }

    #[test]
    fn refuses_what_the_api_does_not_have() {
        for odd in [
            "<result>1</result",
            "<result>1</RESULT>",
            "<a b=\"c\">1</a>",
            "<a><![CDATA[1]]></a>",
            "<a>1</a><a>2</a>",
            "<a>1</a>text",
            "<a>&nbsp;</a>",
            "<a>R&D</a>",
            "</uncall><more>",
        ] {
            assert!(uncall(odd).is_err(), "{odd}");
        }
        assert!(read("<uncall></uncall>").is_err());
    }
}
