//! Edits of a text, collected while it is read and applied at the end, so that repairs take linear time.

/// Replacements by position. Those that begin at the same position stay in the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<Edit>);

#[derive(Debug)]
struct Edit {
    from: usize,
    to: usize,
    with: String,
}

impl Edits {
    pub(super) fn replace(&mut self, from: usize, to: usize, with: String) {
        self.0.push(Edit { from, to, with });
    }

    pub(super) fn insert(&mut self, at: usize, text: String) {
        self.replace(at, at, text);
    }

    /// The text with all edits applied. Edits never overlap.
    pub(super) fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|edit| edit.from);
        let mut out = String::with_capacity(text.len() + 16 * self.0.len());
        let mut done = 0;
        for Edit { from, to, with } in self.0 {
            out.push_str(text.get(done..from).unwrap_or_default());
            out.push_str(&with);
            done = to.max(done);
        }
        out.push_str(text.get(done..).unwrap_or_default());
        out
    }
}
