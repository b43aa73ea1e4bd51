//! Patterns of numbers.

/// A pattern of numbers: `*` stands for any characters, `?` for one; everything else for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// A pattern as written.
    pub fn new(written: &str) -> Pattern {
        Pattern(written.trim().to_owned())
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        &self.0
    }

    /// Whether the number is one of them. Takes time in proportion to both lengths at most.
    pub fn fits(&self, number: &str) -> bool {
        let (pattern, number): (Vec<char>, Vec<char>) = (self.0.chars().collect(), number.chars().take(64).collect());
        // Which beginnings of the pattern fit the number so far.
        let mut fits = vec![false; pattern.len() + 1];
        let stars = |fits: &mut Vec<bool>| {
            for (at, c) in pattern.iter().enumerate() {
                if *c == '*' && fits.get(at) == Some(&true) {
                    fits.get_mut(at + 1).into_iter().for_each(|next| *next = true);
                }
            }
        };
        fits.iter_mut().take(1).for_each(|first| *first = true);
        stars(&mut fits);
        for digit in number {
            let mut next = vec![false; pattern.len() + 1];
            for (at, c) in pattern.iter().enumerate().filter(|(at, _)| fits.get(*at) == Some(&true)) {
                let to = if *c == '*' { Some(at) } else { (*c == '?' || *c == digit).then_some(at + 1) };
                to.and_then(|to| next.get_mut(to)).into_iter().for_each(|next| *next = true);
            }
            stars(&mut next);
            fits = next;
        }
        fits.last() == Some(&true)
    }
}
