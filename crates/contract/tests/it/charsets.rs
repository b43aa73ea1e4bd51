//! Encodings, declared rightly, wrongly, in one place only, or not at all.

use uncall_contract::{
    charset::decode,
    soap::{self, Answer},
};

const TEXT: &str = "<?xml version=\"1.0\"@?><a>外呼请求已加入队列</a>";

fn text(declared: &str) -> String {
    let encoding = if declared.is_empty() { String::new() } else { format!(" encoding=\"{declared}\"") };
    TEXT.replace('@', &encoding)
}

fn gbk(declared: &str) -> Vec<u8> {
    encoding_rs::GBK.encode(&text(declared)).0.into_owned()
}

#[test]
fn valid_utf_8_wins_over_every_declaration() {
    for (header, declared) in [
        (Some("text/xml; charset=ISO-8859-1"), "ISO-8859-1"),
        (Some("text/xml; charset=GBK"), ""),
        (Some("text/xml"), "GB2312"),
        (None, ""),
        (Some("text/xml; charset=nonsense"), "nonsense"),
    ] {
        assert_eq!(decode(text(declared).as_bytes(), header), Ok(text(declared)), "{header:?} {declared}");
    }
}

#[test]
fn gbk_declared_in_one_place_only() {
    for header in ["text/xml; charset=GBK", "text/xml;charset=\"gb2312\"", "text/xml; a=b; Charset = gb18030 "] {
        assert_eq!(decode(&gbk(""), Some(header)), Ok(text("")), "{header}");
    }
    for declared in ["GBK", "gb2312", "GB18030"] {
        assert_eq!(decode(&gbk(declared), Some("text/xml")), Ok(text(declared)), "{declared}");
        assert_eq!(decode(&gbk(declared), None), Ok(text(declared)), "{declared}");
    }
    let single = encoding_rs::GBK.encode("<?xml version='1.0' encoding = 'gbk' ?><a>队列</a>").0.into_owned();
    assert!(decode(&single, None).is_ok_and(|text| text.contains("队列")));
}

#[test]
fn the_header_comes_before_the_declaration_unless_the_bytes_deny_it() {
    assert_eq!(decode(&gbk("Big5"), Some("text/xml; charset=GBK")), Ok(text("Big5")));
    assert_eq!(decode(&gbk("GBK"), Some("text/xml; charset=utf-8")), Ok(text("GBK")));
}

#[test]
fn byte_order_marks() {
    let with_bom = format!("\u{feff}{}", text("GBK"));
    assert_eq!(decode(with_bom.as_bytes(), Some("text/xml; charset=GBK")), Ok(text("GBK")));
    let little: Vec<u8> = text("utf-16").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text("utf-16").encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (bom, bytes) in [([0xff, 0xfe], &little), ([0xfe, 0xff], &big)] {
        assert_eq!(decode(bytes, None), Ok(text("utf-16")), "without a BOM");
        let marked: Vec<u8> = bom.into_iter().chain(bytes.iter().copied()).collect();
        assert_eq!(decode(&marked, Some("text/xml; charset=utf-8")), Ok(text("utf-16")));
    }
}

#[test]
fn what_nobody_declares_is_replaced() {
    let broken = decode(b"<a>\xff\xfex</a>", None).expect("decoded");
    assert!(broken.starts_with("<a>\u{fffd}") && broken.ends_with("x</a>"));
    assert_eq!(decode(b"", None), Ok(String::new()));
}

#[test]
fn a_gbk_answer_is_read() {
    let plain = "<?xml version=\"1.0\" encoding=\"gbk\"?><e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\">\
                 <e:Body><r><return>&lt;uncall&gt;队列&lt;/uncall&gt;</return></r></e:Body></e:Envelope>";
    let bytes = encoding_rs::GBK.encode(plain).0;
    let expected = Answer::Return(Some("<uncall>队列</uncall>".into()));
    assert_eq!(soap::read_answer(&bytes, Some("text/xml")), Ok(expected.clone()));
    let undeclared = plain.replace(" encoding=\"gbk\"", "");
    let bytes = encoding_rs::GBK.encode(&undeclared).0;
    assert_eq!(soap::read_answer(&bytes, Some("text/xml; charset=gb2312")), Ok(expected));
}
