//! Whose a number is.

use uncall_directory::{Directory, Sure};
use uncall_number::Home;

use crate::contact;

fn beijing() -> Home {
    Home { country: "86".into(), area: "010".into() }
}

fn directory(home: Home) -> Directory {
    let contacts = vec![
        contact("张三", "", &["13800138000"]),
        contact("李四", "北京公司", &["010-65521234", "8801"]),
        contact("王五", "上海公司", &["021-65521234"]),
        contact("Ann Lee", "", &["+44 20 7946 0018"]),
        contact("张三的秘书", "", &["+86 138 0013 8000"]),
        contact("分机", "", &["801"]),
        contact("热线", "", &["4008108888"]),
    ];
    Directory::new(contacts, home)
}

fn names(directory: &Directory, number: &str) -> Vec<(String, Sure)> {
    directory.callers(number, 10).iter().map(|caller| (caller.contact.name.to_string(), caller.sure)).collect()
}

/// What a person who knows the city would say.
#[test]
fn at_home_in_beijing() {
    let directory = directory(beijing());
    let whole = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Sure::Whole)).collect::<Vec<_>>();
    for number in ["13800138000", "+8613800138000", "008613800138000", "013800138000", "86-138-0013-8000"] {
        assert_eq!(names(&directory, number), whole(&["张三", "张三的秘书"]), "{number}");
    }
    for number in ["65521234", "01065521234", "+861065521234"] {
        assert_eq!(names(&directory, number), whole(&["李四"]), "{number}");
    }
    assert_eq!(names(&directory, "02165521234"), whole(&["王五"]));
    for number in ["+442079460018", "00442079460018"] {
        assert_eq!(names(&directory, number), whole(&["Ann Lee"]), "{number}");
    }
    // Extensions are nobody's in E.164, and the same only digit by digit.
    let tail = |name: &str| vec![(name.to_owned(), Sure::Tail)];
    assert_eq!(names(&directory, "801"), tail("分机"));
    assert_eq!(names(&directory, "8801"), tail("李四"));
    assert_eq!(names(&directory, "02065521234"), [], "Guangzhou's subscriber with the same digits is somebody else");
    for nobody in ["", "13900139000", "01", "*801", "anonymous", "52123"] {
        assert_eq!(names(&directory, nobody), [], "{nobody}");
    }
    // An outside line's 9 in front, as some switches show callers.
    assert_eq!(names(&directory, "913800138000"), vec![("张三".to_owned(), Sure::Tail)]);
}

#[test]
fn where_the_country_is_not_known() {
    let directory = directory(Home::default());
    let tail = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Sure::Tail)).collect::<Vec<_>>();
    assert_eq!(names(&directory, "+8613800138000"), [("张三的秘书".to_owned(), Sure::Whole)]);
    assert_eq!(names(&directory, "13800138000"), tail(&["张三", "张三的秘书"]));
    assert_eq!(names(&directory, "65521234"), tail(&["李四", "王五"]), "both are listed");
    assert_eq!(names(&directory, "02079460018"), tail(&["Ann Lee"]));
}
