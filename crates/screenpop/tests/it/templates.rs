//! Templates by table.

use serde_json::json;
use uncall_screenpop::{Address, Event, Facts, Fault, LONGEST_ADDRESS, LONGEST_TEMPLATE, Misfit, Program, Template};

use super::{call, fault, rule};

fn named(name: &str) -> Facts {
    Facts { name: Some(name.to_owned()), ..call() }
}

#[test]
fn values_are_percent_encoded() {
    for (template, name, address) in [
        ("https://crm.example/?q={name}", "李雷", "https://crm.example/?q=%E6%9D%8E%E9%9B%B7"),
        ("https://crm.example/?q={name}", "a&b=c#d?e/f", "https://crm.example/?q=a%26b%3Dc%23d%3Fe%2Ff"),
        ("https://crm.example/?q={name}", "a\r\nSet-Cookie: x", "https://crm.example/?q=a%0D%0ASet-Cookie%3A%20x"),
        ("https://crm.example/?q={name}", "100%", "https://crm.example/?q=100%25"),
        ("https://crm.example/?q={name}", "%2e%2e%2f", "https://crm.example/?q=%252e%252e%252f"),
        ("https://crm.example/?q={name}", "\"'<>`\\", "https://crm.example/?q=%22%27%3C%3E%60%5C"),
        (
            "https://crm.example/?q={name}",
            "https://evil.example/",
            "https://crm.example/?q=https%3A%2F%2Fevil.example%2F",
        ),
        ("https://crm.example/?q={name}", "\0\u{7f}\u{202e}", "https://crm.example/?q=%00%7F%E2%80%AE"),
        ("https://crm.example/{name}", "//evil.example", "https://crm.example/%2F%2Fevil.example"),
        ("https://crm.example/{name}", "@evil.example", "https://crm.example/%40evil.example"),
        ("https://crm.example/{name}", "\\\\evil.example", "https://crm.example/%5C%5Cevil.example"),
        ("https://crm.example/x#/search/{name}", "a#b", "https://crm.example/x#/search/a%23b"),
        ("https://crm.example:8443/x/{name}/y?{name}=1", "-._~", "https://crm.example:8443/x/-._~/y?-._~=1"),
        ("https://crm.example/?q={{{name}}}", "x", "https://crm.example/?q={x}"),
        ("https://crm.example", "x", "https://crm.example/"),
        ("HTTPS://CRM.Example/{name}", "x", "https://crm.example/x"),
        ("https://客户.example/{name}", "x", "https://xn--ubt06m.example/x"),
    ] {
        let parsed = Address::parse(template).unwrap_or_else(|fault| panic!("{template}: {fault}"));
        let filled = parsed.fill(Event::Ring, &named(name));
        assert_eq!(filled.map(String::from), Ok(address.to_owned()), "{template} with {name:?}");
    }
}

#[test]
fn every_field_has_its_value() {
    let facts = Facts {
        callb: "801".into(),
        company: Some("C".into()),
        queue: Some("Q".into()),
        note: Some("N".into()),
        name: Some("M".into()),
        ..call()
    };
    let all =
        "https://c.example/{calla}/{callb}/{other}/{uid}/{direction}/{exten}/{name}/{company}/{queue}/{note}/{event}";
    let filled = Address::parse(all).unwrap().fill(Event::WrapUp, &facts).unwrap();
    let expected = "https://c.example/13421829060/801/13421829060/1372123897.17/callin/801/M/C/Q/N/wrap_up";
    assert_eq!(filled.as_str(), expected);
    let unknown = Facts { name: None, company: None, queue: None, note: None, ..facts };
    let filled = Address::parse("https://c.example/?a={name}{company}{queue}{note}").unwrap();
    assert_eq!(filled.fill(Event::Ring, &unknown).unwrap().as_str(), "https://c.example/?a=");
}

#[test]
fn a_value_that_would_change_the_path_opens_nothing() {
    for template in ["https://c.example/a/{name}/b", "https://c.example/a/{name}", "https://c.example/{name}?x={uid}"] {
        for name in ["..", "."] {
            let filled = Address::parse(template).unwrap().fill(Event::Ring, &named(name));
            assert_eq!(filled, Err(Misfit::Elsewhere), "{template} with {name}");
        }
    }
}

#[test]
fn what_is_no_address_is_refused_with_its_reason() {
    let long = format!("https://c.example/?{}", "x".repeat(LONGEST_TEMPLATE));
    for (template, expected) in [
        ("", Fault::NoAddress),
        ("crm.example/{name}", Fault::NoAddress),
        ("{name}", Fault::NoAddress),
        ("https://", Fault::NoAddress),
        ("{raw:name}://x/", Fault::Raw),
        ("https://{name}/", Fault::Early),
        ("https://{name}.crm.example/", Fault::Early),
        ("https://crm.example{name}/", Fault::Early),
        ("https://crm.example:{uid}/", Fault::NoAddress),
        ("https://crm.example{name}", Fault::Early),
        ("ht{name}tps://crm.example/", Fault::Early),
        ("https:/{name}", Fault::Early),
        ("https:{name}", Fault::Early),
        ("sap:{name}", Fault::Early),
        ("https://{name}@crm.example/", Fault::Early),
        ("https://agent:secret@crm.example/", Fault::Login),
        ("https://agent@crm.example/{name}", Fault::Login),
        ("https://crm.example/{raw:name}", Fault::Raw),
        ("https://crm.example/{name", Fault::Unclosed),
        ("https://crm.example/{", Fault::Unclosed),
        ("https://crm.example/name}", Fault::Stray),
        ("https://crm.example/{}", Fault::Unknown(String::new())),
        ("https://crm.example/{Name}", Fault::Unknown("Name".into())),
        ("https://crm.example/{name }", Fault::Unknown("name ".into())),
        ("https://crm.example/{{name}", Fault::Stray),
        ("https://crm.example/ {name}", Fault::Blank),
        ("https://crm.example/\n{name}", Fault::Blank),
        ("https://crm.example/\u{3000}{name}", Fault::Blank),
        ("javascript:alert('{name}')", Fault::Forbidden("javascript".into())),
        ("JavaScript:x({name})", Fault::Forbidden("javascript".into())),
        ("data:text/html,{name}", Fault::Forbidden("data".into())),
        ("file:///etc/{name}", Fault::Forbidden("file".into())),
        (long.as_str(), Fault::TooLong),
    ] {
        assert_eq!(Address::parse(template), Err(expected), "{}", template.get(..60).unwrap_or(template));
    }
}

#[test]
fn templates_and_values_without_end_are_bounded() {
    let open = "{".repeat(65_536);
    let half = format!("https://c.example/{}", "{name".repeat(700));
    for template in [open.as_str(), &half, &"{name}".repeat(65_536), &"}".repeat(4000), &"{{".repeat(3000)] {
        assert!(Address::parse(template).is_err());
        let _ = Template::parse(template, true);
    }
    let endless = "{".to_owned() + &"x".repeat(4000);
    assert_eq!(Template::parse(&endless, true), Err(Fault::Unclosed));
    let unknown = Template::parse(&format!("{{{}}}", "x".repeat(4000)), true).unwrap_err();
    assert!(unknown.to_string().len() < 200, "{unknown}");

    // A long value is cut until the address fits; a long address itself is not.
    for value in ["x".repeat(65_536), "李".repeat(65_536), "\r\n".repeat(32_768)] {
        let filled = Address::parse("https://c.example/?a={note}&b={name}").unwrap();
        let url = filled.fill(Event::End, &Facts { note: Some(value.clone()), ..named(&value) }).unwrap();
        assert!(url.as_str().len() <= LONGEST_ADDRESS && url.as_str().len() > 100, "{}", url.as_str().len());
    }
    let long = Address::parse(&format!("https://c.example/?{}={{name}}", "x".repeat(3000))).unwrap();
    assert_eq!(long.fill(Event::Ring, &call()), Err(Misfit::TooLong));
}

#[test]
fn raw_values_stay_one_line_and_one_argument() {
    let program = ["/usr/bin/pop", "{raw:name}", "--name={raw:name}", "{name}", "-n", "x {raw:name}"];
    let program = Program::parse(&program.map(str::to_owned)).unwrap();
    let filled = |name: &str| program.fill(Event::Ring, &named(name), false).unwrap();
    assert_eq!(filled("李雷"), ["李雷", "--name=李雷", "%E6%9D%8E%E9%9B%B7", "-n", "x 李雷"]);
    assert_eq!(filled("a\r\nb\0c"), ["a  b c", "--name=a  b c", "a%0D%0Ab%00c", "-n", "x a  b c"]);
    assert_eq!(filled("\"; rm -rf / #")[1], "--name=\"; rm -rf / #");
    // An argument that is a value is no option, no path and no file of arguments.
    for (name, first) in
        [("--help", "help"), ("-rf", "rf"), ("/etc/passwd", "etc/passwd"), ("@file", "file"), (" -x", "x")]
    {
        assert_eq!(filled(name)[0], first, "{name:?}");
    }
    assert_eq!(filled("--help")[1], "--name=--help");
    assert_eq!(filled(&"x".repeat(65_536))[0].len(), 256);
}

#[test]
fn a_program_is_named_whole_and_is_no_shell() {
    let run = |words: &[&str]| Program::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    for good in ["/usr/bin/crm-pop", "/opt/CRM/pop.sh", r"C:\Program Files\CRM\pop.exe", r"\\server\share\pop.EXE"] {
        assert!(run(&[good, "{raw:calla}"]).is_ok(), "{good}");
    }
    for bad in [
        "",
        "pop",
        "./pop",
        "../pop",
        "pop.exe",
        "{calla}",
        "/opt/{name}",
        r"C:pop.exe",
        r"\pop.exe",
        "/opt/",
        "/o\npt",
    ] {
        assert_eq!(run(&[bad]), Err(Fault::NoProgram), "{bad:?}");
    }
    assert_eq!(run(&[]), Err(Fault::NoProgram));
    for (shell, name) in [
        ("/bin/sh", "sh"),
        ("/usr/bin/BASH", "bash"),
        (r"C:\Windows\System32\cmd.exe", "cmd.exe"),
        ("C:/Windows/System32/WindowsPowerShell/v1.0/powershell.exe", "powershell.exe"),
        (r"C:\crm\pop.bat", "pop.bat"),
        (r"C:\crm\pop.CMD", "pop.cmd"),
        (r"C:\crm\pop.bat. .", "pop.bat. ."),
        ("/opt/pop.cmd ", "pop.cmd "),
    ] {
        assert_eq!(run(&[shell, "-c", "{raw:name}"]), Err(Fault::Shell(name.into())), "{shell}");
    }
    for bad in [r"C:\crm\pop", r"C:\crm\pop.ps1", r"C:\crm\pop.bat::$DATA.exe", r"C:\crm\pop.lnk"] {
        assert_eq!(run(&[bad]), Err(Fault::NoProgram), "{bad}");
    }
    assert_eq!(run(&["/usr/bin/pop"]).unwrap().fill(Event::Ring, &call(), true), Err(Misfit::NotExe));
}

#[test]
fn headers_are_checked() {
    let table = |name: &str, value: &str| json!({"on": "ring", "post": "https://c.example/", "headers": {name: value}});
    for name in
        ["Host", "Content-Length", "content-type", "Transfer-Encoding", "Webhook-Signature", "a b", "a:b", "", "名"]
    {
        assert_eq!(
            fault(table(name, "x")).to_string(),
            format!("`headers` `{name}` is not a header that a rule can set")
        );
    }
    assert_eq!(fault(table("X-A", "a\r\nX-B: c")).to_string(), "`headers` has a blank or a control character");
    let rule = rule(table("X-Name", "{raw:name}/{name}"));
    let parcel = super::webhooks::parcel("p1", &rule, named("李\r\nX-Evil: 1"));
    let request = super::post_of(&rule).request(&parcel, parcel.at).unwrap();
    let value = request.headers.iter().find(|(name, _)| name == "x-name").map(|(_, value)| value.as_str());
    assert_eq!(value, Some("李  X-Evil: 1/%E6%9D%8E%0D%0AX-Evil%3A%201"));
}
