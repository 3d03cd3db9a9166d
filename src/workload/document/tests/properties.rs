//! What holds for any document, however it is written.

use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::{select, subsequence},
};

use super::*;

/// Any JSON.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(vec!["servers", "no", "1.0", "~", "}", "\\\"", "", " "]).prop_map(Value::from),
    ];
    let names =
        prop_oneof![any::<String>(), select(vec!["servers", "paths", "get", "/a", "<<"]).prop_map(str::to_owned)];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(names.clone(), inner, 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Any document: servers wherever they may stand, and whatever else beside them.
fn documents() -> impl Strategy<Value = Value> {
    let servers = || option::of(prop_oneof![Just(servers(&["https://a.example.com", "/b"])), values()]);
    let with = |members: Vec<(&'static str, Option<Value>)>| {
        let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(members.collect())
    };
    let operation = (option::of("[a-c]"), servers(), option::of(values())).prop_map(move |(id, servers, more)| {
        with(vec![("operationId", id.map(Value::from)), ("servers", servers), ("responses", more)])
    });
    let methods = subsequence(vec!["get", "post", "x-get", "servers"], 0..=4);
    let path = (methods, vec(operation, 4), servers()).prop_map(move |(methods, operations, servers)| {
        let mut members: Vec<_> = methods.into_iter().zip(operations.into_iter().map(Some)).collect();
        members.push(("servers", servers));
        with(members)
    });
    let paths = btree_map(select(vec!["/a", "/b", "x-c", "/servers"]), prop_oneof![4 => path, 1 => values()], 0..4);
    let paths =
        paths.prop_map(|paths| paths.into_iter().map(|(path, item)| (path.to_owned(), item)).collect::<Value>());
    (option::of(paths), servers(), option::of(values())).prop_map(move |(paths, servers, more)| {
        with(vec![("paths", paths), ("servers", servers), ("components", more)])
    })
}

/// A document in one of the forms in which people write it.
fn texts() -> impl Strategy<Value = (Value, String)> {
    (documents(), 0..3).prop_map(|(document, form)| {
        let text = match form {
            0 => document.to_string(),
            1 => serde_json::to_string_pretty(&document).unwrap(),
            _ => serde_saphyr::to_string(&document).unwrap(),
        };
        (document, text)
    })
}

/// What the document says with one server, member by member.
fn expected(document: &Value) -> Value {
    let mut document = document.clone();
    document["servers"] = servers(&[URL]);
    let paths = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    for (_, item) in paths.filter(|(path, _)| path.starts_with('/')) {
        let Some(item) = item.as_object_mut() else { continue };
        item.remove("servers");
        for (_, operation) in item.iter_mut().filter(|(method, _)| METHODS.contains(&method.as_str())) {
            if let Some(operation) = operation.as_object_mut() {
                operation.remove("servers");
            }
        }
    }
    document
}

proptest! {
    #[test]
    fn a_document_is_read_as_it_was_meant((document, text) in texts()) {
        let read = Document::parse(&text).unwrap();
        prop_assert_eq!(read.value, document, "{}", text);
    }

    #[test]
    fn one_server_takes_the_place_of_all_and_nothing_else_changes((document, text) in texts()) {
        let with_server = Document::parse(&text).unwrap().with_server(URL);
        prop_assert_eq!(value(&with_server), expected(&document), "{}", with_server);
    }

    #[test]
    fn with_a_server_twice_is_with_a_server_once((_, text) in texts()) {
        let once = Document::parse(&text).unwrap().with_server(URL);
        prop_assert_eq!(&Document::parse(&once).unwrap().with_server(URL), &once);
        let over_another = Document::parse(&text).unwrap().with_server("https://other.example.com/v1");
        prop_assert_eq!(&Document::parse(&over_another).unwrap().with_server(URL), &once);
    }

    #[test]
    fn another_server_changes_no_tool((_, text) in texts()) {
        let before = Document::parse(&text).unwrap();
        let after = Document::parse(&before.with_server(URL)).unwrap();
        prop_assert_eq!(before.tools(), after.tools());
        prop_assert_eq!(before.check_operations(), after.check_operations());
        prop_assert_eq!(after.check_domains(), Ok(()));
        prop_assert_eq!(after.first_server(), Some(URL.to_owned()));
    }

    /// Whatever stands in a ConfigMap: an answer, and no panic.
    #[test]
    fn any_text_is_read_or_refused(text in "[ \\n\\t{}\\[\\]\",:&*!<a1/\\\\'#?|>-]{0,40}|.{0,60}") {
        match Document::parse(&text) {
            Ok(document) => {
                let with_server = Document::parse(&document.with_server(URL));
                prop_assert_eq!(with_server.map(|document| document.first_server()), Ok(Some(URL.to_owned())));
            }
            Err(problem) => prop_assert!(problem.reason.is_about_acceptance()),
        }
    }
}
