//! A TOML document changed key by key, so that nothing of its owner's is lost.

use toml_edit::{DocumentMut, Item, RawString};

/// Sets a key, keeping the comment beside it; `None` takes the key out and leaves its comments.
pub(super) fn put(document: &mut DocumentMut, key: &str, item: Option<Item>) {
    let Some(item) = item else { return remove(document, key) };
    match (document.get_mut(key).and_then(Item::as_value_mut), item) {
        (Some(old), Item::Value(mut new)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        (_, item) => {
            // A table may be where a value belongs.
            remove(document, key);
            document.insert(key, item);
        }
    }
}

/// Takes a key out. What its owner wrote above it and beside it goes above what follows.
fn remove(document: &mut DocumentMut, key: &str) {
    let following = document.iter().skip_while(|(name, _)| *name != key).nth(1).map(|(name, _)| name.to_owned());
    let Some((removed, item)) = document.as_table_mut().remove_entry(key) else { return };
    let above = match &item {
        Item::Table(table) => table.decor().prefix(),
        Item::Value(_) | Item::None | Item::ArrayOfTables(_) => removed.leaf_decor().prefix(),
    };
    let beside = item.as_value().and_then(|value| value.decor().suffix());
    let comments = [above, beside].into_iter().flatten().filter_map(RawString::as_str).flat_map(str::lines);
    let comments: String =
        comments.map(str::trim).filter(|line| line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
    if comments.is_empty() {
        return;
    }
    let with = |old: Option<&RawString>| format!("{comments}{}", old.and_then(RawString::as_str).unwrap_or_default());
    let table = document.as_table_mut();
    match following {
        Some(next) if table.get(&next).is_some_and(Item::is_value) => {
            if let Some(mut next) = table.key_mut(&next) {
                let decor = next.leaf_decor_mut();
                let prefix = with(decor.prefix());
                decor.set_prefix(prefix);
            }
        }
        Some(next) if table.get(&next).is_some_and(|item| item.is_table() && !is_dotted(item)) => {
            if let Some(next) = table.get_mut(&next).and_then(Item::as_table_mut) {
                let prefix = with(next.decor().prefix());
                next.decor_mut().set_prefix(prefix);
            }
        }
        Some(_) | None => {
            let trailing = with(Some(document.trailing()));
            document.set_trailing(trailing);
        }
    }
}

fn is_dotted(item: &Item) -> bool {
    item.as_table().is_some_and(toml_edit::Table::is_dotted)
}
