use serde_json::json;

use super::*;

fn tools(items: &[Value]) -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.extend(Kind::Tool, items);
    catalogue
}

fn named(names: &[&str]) -> Catalogue {
    tools(&names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>())
}

#[test]
fn the_digest_is_of_the_offer_and_not_of_its_order() {
    let add = json!({"name": "add", "description": "Adds", "inputSchema": {"type": "object", "required": ["a", "b"]}});
    let turned: Value = serde_json::from_str(
        r#"{"inputSchema": {"required": ["a", "b"], "type": "object"}, "description": "Adds", "name": "add"}"#,
    )
    .unwrap();
    let echo = json!({"name": "echo"});
    let digest = tools(&[add.clone(), echo.clone()]).digest();
    assert_eq!((digest.len(), digest.bytes().all(|byte| byte.is_ascii_hexdigit())), (64, true), "{digest}");
    assert_eq!(tools(&[echo.clone(), turned]).digest(), digest);

    let mut volatile = add.clone();
    volatile["_meta"] = json!({"served": "at noon"});
    volatile["icons"] = json!([{"src": "a.png"}]);
    assert_eq!(tools(&[volatile, echo.clone()]).digest(), digest, "what AWS does not index");

    for (member, value) in [
        ("name", json!("plus")),
        ("title", json!("Plus")),
        ("description", json!("Adds two")),
        ("inputSchema", json!({"type": "object", "required": ["b", "a"]})),
        ("outputSchema", json!({})),
        ("annotations", json!({"readOnlyHint": true})),
    ] {
        let mut changed = add.clone();
        changed[member] = value;
        assert_ne!(tools(&[changed, echo.clone()]).digest(), digest, "{member}");
    }
    assert_ne!(tools(std::slice::from_ref(&add)).digest(), digest);
    assert_ne!(tools(&[add, echo.clone(), echo]).digest(), digest);
}

#[test]
fn the_digest_tells_kinds_and_nestings_apart() {
    let mut digests = BTreeSet::new();
    for kind in Kind::ALL {
        let mut catalogue = Catalogue::default();
        catalogue.extend(kind, &[json!({"name": "a", "uri": "a", "uriTemplate": "a"})]);
        digests.insert(catalogue.digest());
    }
    for schema in [
        json!([["a"], "b"]),
        json!([["a", "b"]]),
        json!(["a", ["b"]]),
        json!({"a": "b"}),
        json!(["a", "b"]),
        json!("ab"),
        json!(1),
        json!("1"),
        json!(true),
        json!("t"),
        json!(null),
        json!({}),
    ] {
        digests.insert(tools(&[json!({"name": "a", "inputSchema": schema})]).digest());
    }
    // A tool without a schema and one whose schema is null are the same.
    assert_eq!(digests.len(), 4 + 11);
}

#[test]
fn prompts_and_resources_count_and_change_the_digest() {
    let mut catalogue = named(&["echo"]);
    let before = catalogue.digest();
    catalogue.extend(Kind::Prompt, &[json!({"name": "order", "description": "Sums up"})]);
    catalogue.extend(Kind::Resource, &[json!({"uri": "docs://readme"}), json!({"uri": "docs://changes"})]);
    catalogue.extend(Kind::ResourceTemplate, &[json!({"uriTemplate": "orders://{id}"})]);
    assert_ne!(catalogue.digest(), before);
    assert_eq!((catalogue.tool_count(), catalogue.prompt_count(), catalogue.resource_count()), (1, 1, 3));
    assert_eq!(catalogue.prompt_names("eks"), ["eks___order"]);

    let described = catalogue.digest();
    let mut other = named(&["echo"]);
    other.extend(Kind::Prompt, &[json!({"name": "order", "description": "Sums all up"})]);
    other.extend(Kind::Resource, &[json!({"uri": "docs://readme", "size": 7}), json!({"uri": "docs://changes"})]);
    other.extend(Kind::ResourceTemplate, &[json!({"uriTemplate": "orders://{id}"})]);
    assert_ne!(other.digest(), described);
}

#[test]
fn names_are_as_agents_see_them_sorted_and_not_endless() {
    let names = named(&["echo", "add", "get_time"]).names("eks-mcp-server");
    assert_eq!(names, ["eks-mcp-server___add", "eks-mcp-server___echo", "eks-mcp-server___get_time"]);
    let many: Vec<_> = (0..300).rev().map(|number| json!({"name": format!("tool{number:03}")})).collect();
    let names = tools(&many).names("t");
    assert_eq!((names.len(), names[0].as_str(), names[199].as_str()), (200, "t___tool000", "t___tool199"));
}

#[test]
fn what_has_no_name_is_left_out_and_so_is_what_is_too_much() {
    assert_eq!(tools(&[json!({}), json!("echo"), json!({"name": 7}), json!({"name": "echo"})]).tool_count(), 1);
    let mut catalogue = Catalogue::default();
    let many: Vec<_> = (0..700).map(|number| json!({"uri": format!("docs://{number}")})).collect();
    catalogue.extend(Kind::Resource, &many);
    catalogue.extend(Kind::Resource, &many);
    assert_eq!(catalogue.resource_count(), 1_000);
}

#[test]
fn a_name_is_made_printable_and_short_and_stays_its_own() {
    let catalogue = named(&["a\u{1b}[31m\nb", "safe\u{202e}txt"]);
    assert_eq!(catalogue.tool_names().collect::<Vec<_>>(), ["a\\u{1b}[31m\\nb", "safe\\u{202e}txt"]);

    let (one, other) = ("x".repeat(100_000) + "1", "x".repeat(100_000) + "2");
    let catalogue = named(&[&one, &other]);
    let names: Vec<_> = catalogue.tool_names().collect();
    assert_ne!(names[0], names[1]);
    assert!(names.iter().all(|name| (257..=265).contains(&name.chars().count())), "{names:?}");
    assert!(catalogue.warnings("t").iter().all(|warning| warning.len() < 400), "and told shorter still");
}

#[test]
fn printable_text_fits_its_limit_and_says_when_it_was_cut() {
    for (text, limit, expected) in [
        ("short", 5, "short"),
        ("shorter", 5, "sh…"),
        ("", 5, ""),
        ("ééé", 6, "ééé"),
        ("éééé", 6, "é…"),
        ("a\u{7}", 6, "a\\u{7}"),
        ("a\u{7}", 5, "a…"),
    ] {
        let shown = printable(text, limit);
        assert!(shown.len() <= limit, "{text}");
        assert_eq!(shown, expected, "{text} in {limit}");
    }
}

#[test]
fn the_difference_is_sorted_and_short() {
    assert_eq!(difference(["get_time", "echo", "add"], ["add", "subtract", "echo"]), "+subtract -get_time");
    assert_eq!(difference(["a"], ["a", "a"]), "");
    assert_eq!(difference([], ["b", "a"]), "+a +b");
    let many: Vec<String> = (0..15).map(|number| format!("tool{number:02}")).collect();
    let many = || many.iter().map(String::as_str);
    assert_eq!(
        difference(many(), ["z"]),
        "+z -tool00 -tool01 -tool02 -tool03 -tool04 -tool05 -tool06 -tool07 -tool08 -tool09 and 5 more"
    );
    let long: Vec<String> = (10..40).map(|number| format!("{number}{}", "é".repeat(500))).collect();
    let long = || long.iter().map(String::as_str);
    let told = difference(long().take(15), long().skip(15));
    assert!(told.len() < 1_000, "an event takes 1 KiB, and this is {}", told.len());
    assert_eq!(difference(["a\nb"], []), "-a\\nb");
}

#[test]
fn warnings_are_about_lengths_counts_and_repetitions() {
    let target = "t".repeat(10);
    // With the target's name and three underscores these have 64, 65, 256 and 257 characters.
    let (fits, awkward, edge, refused) = ("a".repeat(51), "b".repeat(52), "c".repeat(243), "d".repeat(244));
    assert_eq!(named(&[&fits]).warnings(&target), [""; 0]);
    let warnings = named(&[&fits, &awkward, &edge, &refused]).warnings(&target);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("256 characters that AWS accepts") && warnings[0].contains("ddd"), "{warnings:?}");
    assert!(!warnings[0].contains("ccc"), "{warnings:?}");
    assert!(warnings[1].contains("64 characters") && warnings[1].contains(&awkward), "{warnings:?}");
    assert!(
        warnings[1].contains("ccc") && !warnings[1].contains("aaa") && !warnings[1].contains("ddd"),
        "{warnings:?}"
    );

    let mut doubled = named(&["echo", "echo", "echo", "add"]);
    doubled.extend(Kind::Resource, &[json!({"uri": "docs://a"}), json!({"uri": "docs://a"})]);
    assert_eq!(
        doubled.warnings("t"),
        [
            "The server lists tools more than once, and agents can reach only one of each: echo.",
            "The server lists resources more than once, and agents can reach only one of each: docs://a."
        ]
    );

    let many: Vec<_> = (0..1_001).map(|number| json!({"name": format!("tool{number}")})).collect();
    assert_eq!(tools(&many[..1_000]).warnings("t"), [""; 0]);
    assert_eq!(
        tools(&many).warnings("t"),
        ["The server lists 1001 tools, and AWS accepts 1000 for a target; spread them over several servers."]
    );
}

#[test]
fn collisions_are_what_both_offer() {
    let offering = |uris: &[&str]| {
        let mut catalogue = Catalogue::default();
        catalogue.extend(Kind::Resource, &uris.iter().map(|uri| json!({"uri": uri})).collect::<Vec<_>>());
        catalogue.extend(Kind::ResourceTemplate, &[json!({"uriTemplate": "orders://{id}"})]);
        catalogue
    };
    let one = offering(&["shared://b", "docs://one", "shared://a", "shared://a"]);
    let other = offering(&["docs://other", "shared://a", "shared://b"]);
    assert_eq!(one.collisions(&other), ["orders://{id}", "shared://a", "shared://b"]);
    assert_eq!(one.collisions(&named(&["shared://a"])), [""; 0], "a tool of that name is no resource");
}
