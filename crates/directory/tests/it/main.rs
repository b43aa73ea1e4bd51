//! The directory as its users meet it: files that programs write, numbers that call, names that are typed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod callers;
mod hostile;
mod imports;
mod searching;

use uncall_directory::{Contact, Telephone};

fn contact(name: &str, company: &str, numbers: &[&str]) -> Contact {
    let telephone = |number: &&str| Telephone { number: (*number).into(), label: "".into() };
    Contact { name: name.into(), company: company.into(), telephones: numbers.iter().map(telephone).collect() }
}
