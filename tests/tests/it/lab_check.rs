//! `uncall-gateway check` on a real Asterisk: all is there, and one thing is missing at a time.

use anyhow::Result;
use uncall_asterisk::check::{Check, Finding, Verdict, run};
use uncall_asterisk::file::AsteriskFile;
use uncall_tests::lab::Lab;

/// The findings with these settings beside address, user and secret.
async fn checked(lab: &Lab, port: u16, user: &str, more: &str) -> Result<Vec<Finding>> {
    let (address, secret) = (lab.address(), Lab::secret(user));
    let text = format!("address = \"{address}:{port}\"\nuser = \"{user}\"\nsecret = \"{secret}\"\n{more}");
    let file: AsteriskFile = toml::from_str(&text)?;
    let options = file.options(|_name| None)?;
    Ok(run(&Check { options, prompts: Some(lab.folder().join("sounds")) }).await)
}

fn missing(findings: &[Finding]) -> Vec<&str> {
    findings.iter().filter(|finding| finding.verdict == Verdict::Missing).map(|finding| finding.text.as_str()).collect()
}

/// Something that only the lab's own user may do.
async fn command(lab: &Lab, command: &str) -> Result<()> {
    lab.manager("admin").await?.ask(&[("Action", "Command"), ("Command", command)]).await.map(|_output| ())
}

#[tokio::test]
async fn a_good_set_up_lacks_nothing_plain_or_with_tls_and_no_phone_rings() -> Result<()> {
    let lab = Lab::start().await?;
    let phone = lab.phone("801").await?;
    let tls = format!("tls = true\ntls_authorities = {:?}\n", lab.manager_certificate());
    for (port, user, more) in [
        (5038, "uncall", "extensions = [\"801-804\"]"),
        (5038, "uncall", ""),
        (5038, "nosystem", "without_system = true"),
        (5039, "uncall", tls.as_str()),
    ] {
        let findings = checked(&lab, port, user, more).await?;
        // To ask for the trunk's context, and for applications, takes the right that this user does not have.
        let may_be_asked = |finding: &&Finding| user != "nosystem" || !finding.text.contains("the right `system`");
        let all_is_well = findings.iter().filter(may_be_asked).all(|finding| finding.verdict == Verdict::Ok);
        assert!(all_is_well, "{user} {more}: {findings:#?}");
    }
    assert!(phone.calls().is_empty(), "{:?}", phone.calls());
    Ok(())
}

#[tokio::test]
async fn what_is_missing_is_found_one_by_one() -> Result<()> {
    let mut lab = Lab::start().await?;

    let findings = checked(&lab, 5038, "nosystem", "").await?;
    assert!(matches!(missing(&findings).as_slice(), [one] if one.contains("right `system`")), "{findings:#?}");

    let findings = checked(&lab, 5038, "viewer", "").await?;
    let rights = missing(&findings);
    assert_eq!(rights.len(), 4, "{findings:#?}");
    for (finding, right) in rights.iter().zip(["`call`", "`originate`", "`system`", "`agent`"]) {
        assert!(finding.starts_with(&format!("right {right}")), "{finding}");
    }

    let findings = checked(&lab, 5038, "uncall", "extensions = [\"801-805\"]").await?;
    let phones = missing(&findings);
    assert!(
        phones.iter().any(|text| text.starts_with("endpoints:") && text.contains("phone PJSIP/805;")),
        "{findings:#?}"
    );

    // Asterisk takes the first include that knows a number.
    let late = "[from-internal]\ninclude => late\n[late]\nexten => 70055,1,NoOp()\nexten => 700,1,NoOp()\nexten => s,1,NoOp()\n";
    lab.configure("extensions.conf", |text| text + late, "dialplan reload").await?;
    let findings = checked(&lab, 5038, "uncall", "").await?;
    assert!(
        matches!(missing(&findings).as_slice(), [one] if one.contains("takes their numbers: 70055 of late; put")),
        "{findings:#?}"
    );
    let last = |text: String| text.replace("include => uncall-out\n", "") + "[from-internal]\ninclude => uncall-out\n";
    lab.configure("extensions.conf", last, "dialplan reload").await?;
    assert!(missing(&checked(&lab, 5038, "uncall", "").await?).is_empty());

    // Each extension that calls come in to is judged by itself.
    let own = "[from-trunk]\nexten => 021100,1,Goto(from-internal,801,1)\nexten => 021200,1,Gosub(uncall-clean,s,1)\n\
               exten => 021200,n,Goto(from-internal,802,1)\nexten => 021300,1,Goto(uncall-carrier,803,1)\n\
               exten => 021400,1,Goto(my-did,s,1)\n[my-did]\nexten => s,1,Gosub(uncall-clean,s,1)\n";
    lab.configure("extensions.conf", |text| text + own, "dialplan reload").await?;
    let findings = checked(&lab, 5038, "uncall", "").await?;
    let named = |text: &str| ["021100", "021200", "021300", "021400", "801"].map(|one| text.contains(one));
    assert!(
        matches!(missing(&findings).as_slice(), [one] if named(one) == [true, false, false, false, false]),
        "{findings:#?}"
    );
    lab.configure(
        "extensions.conf",
        |text| text.replace("021100,1,", "021100,1,Gosub(uncall-clean,s,1)\nexten => 021100,2,"),
        "dialplan reload",
    )
    .await?;
    assert!(missing(&checked(&lab, 5038, "uncall", "").await?).is_empty());

    command(&lab, "dialplan remove context uncall-hold").await?;
    let findings = checked(&lab, 5038, "uncall", "").await?;
    assert!(matches!(missing(&findings).as_slice(), [one] if one.contains("no uncall-hold (s);")), "{findings:#?}");

    command(&lab, "dialplan remove context uncall-hints").await?;
    let findings = checked(&lab, 5038, "uncall", "").await?;
    assert!(missing(&findings).iter().any(|text| text.starts_with("hints: none for 801")), "{findings:#?}");

    let options = "user = \"uncall\"\nsecret = \"wrong\"\n";
    let file: AsteriskFile = toml::from_str(&format!("address = \"{}:5038\"\n{options}", lab.address()))?;
    let wrong = Check { options: file.options(|_name| None)?, prompts: None };
    let findings = run(&wrong).await;
    assert!(matches!(missing(&findings).as_slice(), [one] if one.contains("refuses the login")), "{findings:#?}");

    lab.stop().await?;
    let findings = checked(&lab, 5038, "uncall", "").await?;
    assert!(matches!(missing(&findings).as_slice(), [one] if one.contains("cannot be reached")), "{findings:#?}");
    Ok(())
}

#[tokio::test]
async fn a_module_that_is_not_loaded_is_named_also_without_the_right_to_ask_for_modules() -> Result<()> {
    const NOT_LOADED: [&str; 10] = [
        "app_channelredirect",
        "app_chanspy",
        "app_mixmonitor",
        "app_userevent",
        "codec_gsm",
        "format_pcm",
        "format_wav_gsm",
        "func_cut",
        "func_devstate",
        "func_timeout",
    ];
    let noload = |text: String| {
        NOT_LOADED
            .iter()
            .fold(text, |text, name| text.replace(&format!("load={name}.so"), &format!("noload={name}.so")))
    };
    let lab = Lab::start_changed(vec![("modules.conf", noload)]).await?;
    let modules = |findings: &[Finding]| -> Vec<String> {
        let named = missing(findings).into_iter().filter_map(|text| text.strip_prefix("module ")?.split_once(':'));
        named.map(|(name, _)| name.to_owned()).collect()
    };
    let findings = checked(&lab, 5038, "uncall", "").await?;
    assert_eq!(modules(&findings), NOT_LOADED);
    // The right is there already, so it is not what is advised.
    let advice = missing(&findings).into_iter().filter(|text| text.contains("UserEvent")).collect::<Vec<_>>();
    assert!(matches!(advice.as_slice(), [one] if one.contains("app_userevent is not loaded")), "{findings:#?}");
    let findings = checked(&lab, 5038, "nosystem", "without_system = true").await?;
    assert_eq!(modules(&findings), NOT_LOADED[7..], "functions show by themselves: {findings:#?}");
    let unknown = findings.iter().find(|finding| finding.text.starts_with("modules "));
    assert!(
        unknown.is_some_and(|finding| NOT_LOADED[..7].iter().all(|name| finding.text.contains(name))),
        "{findings:#?}"
    );
    Ok(())
}
