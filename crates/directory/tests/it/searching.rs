//! Contacts by what somebody types.

use proptest::prelude::*;
use uncall_directory::Directory;
use uncall_number::Home;

use crate::contact;

fn found(text: &str) -> Vec<String> {
    let directory = Directory::new(
        vec![
            contact("张三", "海淀科技", &["13800138000", "010-65521234"]),
            contact("单雄信", "", &["13900000001"]),
            contact("曾国藩", "", &["13900000002"]),
            contact("重庆分公司", "", &["023-68881234"]),
            contact("Ann Lee", "Acme 上海", &["+442079460018"]),
            contact("Zhang Wei", "", &["8801"]),
            contact("李章三", "", &["8802"]),
        ],
        Home::default(),
    );
    directory.search(text, 10).iter().map(|hit| hit.contact.name.to_string()).collect()
}

/// What somebody who types half a word at a telephone expects. Readings of characters: Unihan's kHanyuPinyin.
#[test]
fn names_pinyin_initials_numbers_and_companies() {
    for (typed, expected) in [
        ("张", &["张三"][..]),
        ("zhangsan", &["张三", "李章三"]),
        ("zhangs", &["张三", "李章三"]),
        ("zs", &["张三", "李章三"]),
        ("zsan", &["张三", "李章三"]),
        ("shanxiongxin", &["单雄信"]),
        ("danxiongxin", &["单雄信"]),
        ("zengguofan", &["曾国藩"]),
        ("cqfgs", &["重庆分公司"]),
        ("chongqing", &["重庆分公司"]),
        ("ann", &["Ann Lee"]),
        ("LEE", &["Ann Lee"]),
        ("lee ann", &["Ann Lee"]),
        ("haidian", &["张三"]),
        ("acme", &["Ann Lee"]),
        ("zhang", &["张三", "Zhang Wei", "李章三"]),
        ("1380013", &["张三"]),
        ("65521234", &["张三"]),
        ("+44", &["Ann Lee"]),
        ("880", &["Zhang Wei", "李章三"]),
        ("zhang 138", &["张三"]),
        ("张 海淀", &["张三"]),
        ("xyz", &[]),
        ("", &[]),
        ("   ", &[]),
    ] {
        assert_eq!(found(typed), expected, "{typed:?}");
    }
}

#[test]
fn the_number_that_was_typed_is_the_one_that_is_offered() {
    let directory = Directory::new(vec![contact("张三", "", &["13800138000", "01065521234"])], Home::default());
    assert_eq!(directory.search("6552", 1)[0].telephone, 1);
    assert_eq!(directory.search("张", 1)[0].telephone, 0);
}

#[test]
fn the_best_come_first_however_many_there_are() {
    let mut contacts: Vec<_> = (0..1000).map(|at| contact(&format!("B{at} Chen"), "", &["8801"])).collect();
    contacts.push(contact("Chen", "", &["8802"]));
    let directory = Directory::new(contacts, Home::default());
    let hits = directory.search("chen", 5);
    let names: Vec<&str> = hits.iter().map(|hit| &*hit.contact.name).collect();
    assert_eq!(names, ["Chen", "B0 Chen", "B1 Chen", "B2 Chen", "B3 Chen"]);
}

proptest! {
    /// Contacts are ruled out by their letters before they are searched. The search of a single name is the judge.
    #[test]
    fn nobody_is_ruled_out_who_matches(name in "[张曾单重 aÄ3İZ]{1,6}", typed in "[zhangcedsou3äi张]{1,4}") {
        use ib_matcher::{matcher::{IbMatcher, PinyinMatchConfig}, pinyin::PinyinNotation};
        let pinyin = PinyinMatchConfig::notations(PinyinNotation::Ascii | PinyinNotation::AsciiFirstLetter);
        let plain = IbMatcher::builder(typed.as_str()).is_pattern_partial(true).pinyin(pinyin).build();
        let directory = Directory::new(vec![contact(&name, "", &["555"])], Home::default());
        if plain.is_match(name.as_str()) {
            prop_assert_eq!(directory.search(&typed, 1).len(), 1, "{} in {}", typed, name);
        }
    }
}
