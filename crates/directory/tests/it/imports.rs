//! Files as programs write them. The headings are those of Outlook 2019's and Google Contacts' exports, the cards those of
//! iOS, Android 2.1 telephones and Nextcloud, with names and numbers of our own.

use uncall_directory::{
    Contact, Telephone,
    import::{Encoding, Kind, Meaning, Problem, Why, read, write},
};

fn lines(bytes: &[u8]) -> Vec<String> {
    let import = read(bytes).expect("it has contacts");
    import
        .contacts
        .iter()
        .map(|contact| {
            let numbers: Vec<String> = contact
                .telephones
                .iter()
                .map(|telephone| format!("{}:{}", telephone.label, telephone.number))
                .collect();
            format!("{}|{}|{}", contact.name, contact.company, numbers.join(","))
        })
        .collect()
}

#[test]
fn a_chinese_spreadsheet_in_gbk() {
    let (bytes, _, _) = encoding_rs::GBK
        .encode("姓名,公司,手机,办公电话\r\n张三,海淀科技,138 0013 8000,(010) 6552-1234\r\n李四,,13900139000,\r\n");
    let import = read(&bytes).unwrap();
    assert_eq!((import.kind, import.encoding), (Kind::Csv, Encoding::Gbk));
    assert_eq!(lines(&bytes), ["张三|海淀科技|手机:13800138000,办公电话:01065521234", "李四||手机:13900139000"]);
}

#[test]
fn utf_16_with_tabs_as_excel_saves_unicode_text() {
    let text = "姓名\t手机\r\n张三\t13800138000\r\n";
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read(&bytes).unwrap().encoding, Encoding::Utf16);
    assert_eq!(lines(&bytes), ["张三||手机:13800138000"]);
}

#[test]
fn outlook() {
    let text = "\u{feff}\"First Name\",\"Middle Name\",\"Last Name\",\"Company\",\"Home Phone\",\"Mobile Phone\",\"Business Fax\",\"Notes\"\r\n\
        \"Ann\",\"\",\"Lee\",\"Acme, Inc.\",\"020 7946 0018\",\"+44 7700 900123\",\"020 7946 0019\",\"calls\r\nat noon\"\r\n";
    assert_eq!(lines(text.as_bytes()), ["Ann Lee|Acme, Inc.|Home Phone:02079460018,Mobile Phone:+447700900123"]);
}

#[test]
fn google() {
    let text = "First Name,Last Name,Organization Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n\
        三,张,海淀科技,Mobile,+86 138 0013 8000 ::: +86 139 0013 9000,Work,010-65521234\n";
    assert_eq!(lines(text.as_bytes()), ["三张|海淀科技|Mobile:+8613800138000,Mobile:+8613900139000,Work:01065521234"]);
}

#[test]
fn without_a_heading_and_with_semicolons() {
    assert_eq!(
        lines("Müller, Jörg;+49 30 901820;Einkauf\nAnn Lee;0044 20 7946 0018;\n".as_bytes()),
        ["Müller, Jörg|Einkauf|:+4930901820", "Ann Lee||:00442079460018"]
    );
    assert_eq!(lines(b"sep=;\nName;Phone\nAnn;8801\n"), ["Ann||Phone:8801"]);
}

#[test]
fn rows_that_cannot_be_used_are_named() {
    let import =
        read("姓名,电话\n张三,13800138000\n,13900139000\n李四,\n王五,unknown\n,\n赵六,1.38E+10\n".as_bytes()).unwrap();
    let skipped: Vec<_> = import.skipped.iter().map(|skipped| (skipped.line, skipped.why)).collect();
    assert_eq!(skipped, [(3, Why::NoName), (4, Why::NoNumber), (5, Why::NotANumber), (7, Why::NotANumber)]);
    assert_eq!((import.contacts.len(), import.skipped_in_all), (1, 4));
}

#[test]
fn cards_of_four_kinds() {
    let cards = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:张;三;;;\r\nFN:张三\r\nORG:海淀科技;研发部\r\nitem1.TEL;type=pref:+86 138-0013-8000\r\n\
        item1.X-ABLabel:_$!<Mobile>!$_\r\nTEL;type=WORK;type=VOICE:010-6552\r\n -1234\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9D=8E;=E5=9B=9B;;;\r\nTEL;CELL:13900139000\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann Lee\r\nTEL;VALUE=uri;TYPE=\"voice,home\":tel:+44-20-7946-0018\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:3.0\r\nFN:\r\nORG:只有公司\r\nTEL:4008108888\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nobody\r\nEND:VCARD\r\n";
    let import = read(cards.as_bytes()).unwrap();
    assert_eq!(import.kind, Kind::VCard);
    assert_eq!(
        import.skipped.iter().map(|skipped| (skipped.line, skipped.why)).collect::<Vec<_>>(),
        [(27, Why::NoNumber)]
    );
    assert_eq!(
        lines(cards.as_bytes()),
        [
            "张三|海淀科技|:+8613800138000,work:01065521234",
            "李四||cell:13900139000",
            "Ann Lee||home:+442079460018",
            "只有公司|只有公司|:4008108888"
        ]
    );
}

#[test]
fn files_that_have_none() {
    assert_eq!(read(b""), Err(Problem::Empty));
    assert_eq!(read("\u{feff}\r\n \r\n".as_bytes()), Err(Problem::Empty));
    assert_eq!(read(b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0"), Err(Problem::NotText));
    assert_eq!(read(b"dear colleagues\nthe list comes tomorrow\n"), Err(Problem::NoColumns));
}

#[test]
fn the_columns_are_told_as_they_were_taken() {
    let told = |text: &str| -> Vec<(usize, String, Meaning)> {
        let columns = read(text.as_bytes()).unwrap().columns;
        columns.into_iter().map(|column| (column.at, column.heading.to_string(), column.meaning)).collect()
    };
    assert_eq!(
        told("备注,姓,名,公司,手机\nVIP,欧阳,娜娜,海淀科技,13800138000\n"),
        [
            (2, "姓".to_owned(), Meaning::Family),
            (3, "名".to_owned(), Meaning::Given),
            (4, "公司".to_owned(), Meaning::Company),
            (5, "手机".to_owned(), Meaning::Number),
        ]
    );
    assert_eq!(
        told("13800138000;Ann Lee\n13800138001;Bob\n"),
        [(1, String::new(), Meaning::Number), (2, String::new(), Meaning::Name)]
    );
}

#[test]
fn a_card_without_an_end_costs_itself() {
    let cards = "BEGIN:VCARD\nFN:Ann\nTEL:8801\nBEGIN:VCARD\nVERSION:3.0\nFN:Bob\nTEL:8802\nEND:VCARD\nBEGIN:VCARD\nFN:Zoe\nTEL:8803\n";
    let import = read(cards.as_bytes()).unwrap();
    let skipped: Vec<_> = import.skipped.iter().map(|skipped| (skipped.line, skipped.why)).collect();
    assert_eq!(
        (lines(cards.as_bytes()), skipped),
        (vec!["Bob||:8802".to_owned()], vec![(1, Why::Broken), (9, Why::Broken)])
    );
}

#[test]
fn what_is_written_is_read() {
    let telephone = |number: &str, label: &str| Telephone { number: number.into(), label: label.into() };
    let contact = |name: &str, company: &str, telephones: &[Telephone]| Contact {
        name: name.into(),
        company: company.into(),
        telephones: telephones.into(),
    };
    let contacts = vec![
        contact("=1+1,\"quoted\"", "", &[telephone("+8613800138000", "手机")]),
        contact("<b>Ann</b>", "Acme; Inc.", &[telephone("8801", ""), telephone("01065521234", "work")]),
        contact("欧阳娜娜", "海淀科技", &[telephone("*97", "留言")]),
    ];
    let import = read(&write(&contacts)).unwrap();
    assert_eq!((import.contacts, import.skipped_in_all), (contacts, 0));
}
