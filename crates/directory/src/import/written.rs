//! Writes contacts in the CSV format of Google Contacts, which other address books and spreadsheets read.

use csv::WriterBuilder;

use crate::Contact;

/// The contacts as CSV in UTF-8 with a byte order mark. [`read`](super::read) returns the same contacts.
#[must_use]
pub fn write(contacts: &[Contact]) -> Vec<u8> {
    let most = contacts.iter().map(|contact| contact.telephones.len()).max().unwrap_or_default();
    let mut heading = vec!["Name".to_owned(), "Organization Name".to_owned()];
    heading.extend((1..=most).flat_map(|at| [format!("Phone {at} - Label"), format!("Phone {at} - Value")]));
    let mut sheet = WriterBuilder::new().flexible(true).from_writer("\u{feff}".as_bytes().to_vec());
    // Writing to memory cannot fail.
    let _ = sheet.write_record(&heading);
    for contact in contacts {
        let numbers = contact.telephones.iter().flat_map(|telephone| [&*telephone.label, &*telephone.number]);
        let _ = sheet.write_record([&*contact.name, &*contact.company].into_iter().chain(numbers));
    }
    sheet.into_inner().unwrap_or_default()
}
