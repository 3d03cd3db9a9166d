//! What is told of documents, good and bad.

mod properties;

use std::fmt::Write as _;

use serde_json::{Map, json};

use super::*;

const URL: &str = "https://api.internal.example.com";

/// The document of a small API, as a person writes it.
const SMALL: &str = r#"{"openapi": "3.0.3", "info": {"title": "rest-api", "version": "1.0.0"}, "servers": [{"url": "http://localhost"}],
 "paths": {
   "/health": {"get": {"operationId": "healthCheck", "responses": {"200": {"description": "OK"}}}},
   "/items": {"get": {"operationId": "listItems", "responses": {"200": {"description": "OK"}}},
              "post": {"operationId": "createItem", "responses": {"201": {"description": "Created"}}}}}}
"#;

/// The same in YAML, with a shared answer, a status code that is a number, and words that an older YAML takes for something else.
const SMALL_YAML: &str = "# An API
openapi: 3.0.3
info: {title: rest-api, version: '1.0.0'}
servers:
- url: http://localhost
paths:
  /health:
    get: {operationId: healthCheck, responses: &fine {200: {description: OK}}}
  /items:
    get: {operationId: listItems, responses: *fine, x-off: [no, on, 2024-01-01, ~, 1.5, -1, true]}
    post: {operationId: createItem, responses: {<<: *fine, '201': {description: Created}}}
";

fn document(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn problem(text: &str) -> (Reason, String) {
    let problem = Document::parse(text).unwrap_err();
    (problem.reason, problem.message)
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_document_is_read_from_json_and_from_yaml() {
    for (text, is_json) in [(SMALL, true), (SMALL_YAML, false)] {
        for text in [text.to_owned(), format!("\u{feff}{text}")] {
            let document = document(&text);
            assert_eq!(document.tools(), ["createItem", "healthCheck", "listItems"]);
            assert_eq!(document.text(), text.trim_start_matches('\u{feff}'), "its own words are kept");
            assert_eq!(document.json.is_none(), is_json);
            assert_eq!(document.check_operations(), Ok(()));
        }
    }
}

#[test]
fn yaml_becomes_json_in_the_order_of_the_text() {
    let expected = r#"{"openapi":"3.0.3","info":{"title":"rest-api","version":"1.0.0"},"servers":[{"url":"https://api.internal.example.com"}],"paths":{"/health":{"get":{"operationId":"healthCheck","responses":{"200":{"description":"OK"}}}},"/items":{"get":{"operationId":"listItems","responses":{"200":{"description":"OK"}},"x-off":["no","on","2024-01-01",null,1.5,-1,true]},"post":{"operationId":"createItem","responses":{"201":{"description":"Created"},"200":{"description":"OK"}}}}}}"#;
    assert_eq!(document(SMALL_YAML).with_server(URL), expected);
}

#[test]
fn what_is_no_document_is_told_as_such() {
    use Reason::Invalid;
    let object = "The document is not an OpenAPI document, which is an object with openapi, info and paths";
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    // | text | the message starts |
    let table = [
        ("", object),
        ("null", object),
        ("[]", object),
        ("\"openapi: 3.0.3\"", object),
        ("just words", object),
        ("- a\n- b\n", object),
        (r#"{"openapi": "3.0.3",}x"#, "The document is not JSON: trailing comma at line 1 column 21"),
        (r#"{"openapi": "3.0.3""#, "The document is not JSON: EOF while parsing an object at line 1 column 19"),
        ("openapi: [3.0.3\n", "The document is neither JSON nor YAML: "),
        ("openapi: 3.0.3\nopenapi: 3.1.0\n", "The document is neither JSON nor YAML: "),
        ("openapi: 3.0.3\n---\nopenapi: 3.0.3\n", "The document is neither JSON nor YAML: "),
        ("a: *nobody\n", "The document is neither JSON nor YAML: "),
        ("a: .nan\n", "The document is neither JSON nor YAML: JSON has no infinite numbers"),
        ("a: 1e999\n", "The document is neither JSON nor YAML: JSON has no infinite numbers"),
        ("? [a, b]\n: c\n", "The document is neither JSON nor YAML: "),
        (deep.as_str(), "The document is not JSON: recursion limit exceeded"),
        (
            r#"{"swagger": "2.0", "paths": {}}"#,
            "The document is of OpenAPI 2 (swagger), and AgentCore takes 3.0 and 3.1",
        ),
    ];
    for (text, start) in table {
        let (reason, message) = problem(text);
        assert_eq!(reason, Invalid, "{text:.40}");
        assert!(message.starts_with(start), "{text:.40}: {message}");
        assert!(message.len() < 500 && !message.contains('\n'), "{message}");
    }
    // What is missing is AWS's to judge.
    for text in [
        "{}",
        r#"{"paths": 1}"#,
        r#"{"paths": {"/a": null, "/b": {"get": []}}}"#,
        r#"{"swagger": 1, "openapi": "3.0.3"}"#,
    ] {
        let document = document(text);
        assert_eq!(
            (document.tools(), document.check_operations(), document.first_server()),
            (Vec::new(), Ok(()), None)
        );
    }
}

/// Documents may hold examples with keys in them, and messages go into status and logs.
#[test]
fn what_is_told_of_a_broken_document_shows_nothing_of_it() {
    let table = [
        "a: 'sesame\nb: c\n",
        "a: sesame: b\n",
        "a: &x sesame\nb: *y\n",
        "a:\n\tsesame: 1\n",
        "{\"a\": \"sesame\" \"b\"}",
        "{\"a\": sesame",
        "a: !!binary sesame!\n",
        "a: !!int sesame\n",
        "a: [sesame\n",
    ];
    for text in table {
        let (_, message) = problem(text);
        assert!(!message.contains("sesame"), "{text:?}: {message}");
    }
    assert!(!format!("{:?}", document(SMALL)).contains("listItems"));
}

#[test]
fn a_document_of_a_million_bytes_is_the_largest() {
    let sized = |bytes: usize| {
        let empty = json!({"openapi": "3.0.3", "x": ""}).to_string();
        json!({"openapi": "3.0.3", "x": "x".repeat(bytes - empty.len())}).to_string()
    };
    assert!(Document::parse(&sized(SIZE_LIMIT)).is_ok());
    let (reason, message) = problem(&sized(SIZE_LIMIT + 1));
    assert_eq!(reason, Reason::SchemaTooLarge);
    assert!(message.starts_with("The document has 1000001 bytes, and AWS takes 1000000 at most; "), "{message}");
    // Bytes count, not characters; and what is sent counts, not only what was written.
    assert_eq!(check_size(&"ü".repeat(SIZE_LIMIT / 2)), Ok(()));
    assert_eq!(check_size(&"ü".repeat(SIZE_LIMIT / 2 + 1)).unwrap_err().reason, Reason::SchemaTooLarge);
    let grown = document(&sized(SIZE_LIMIT)).with_server(URL);
    assert_eq!(check_size(&grown).unwrap_err().reason, Reason::SchemaTooLarge);
}

/// Few bytes that stand for very many.
#[test]
fn aliases_do_not_multiply_without_end() {
    let mut billion = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let previous = format!("*a{}, ", level - 1).repeat(10);
        writeln!(billion, "a{level}: &a{level} [{previous}]").unwrap();
    }
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(900_000), "*a,".repeat(20_000));
    let some = format!("a: &a {}\nb: [{}]\n", "x".repeat(900_000), "*a,".repeat(5));
    let merged = format!("a: &a {{b: {}}}\nc: [{}]\n", "x".repeat(900_000), "{<<: *a},".repeat(5_000));
    let complex = "The document is neither JSON nor YAML: YAML document too large or too complex";
    let written_out = "The document has more than 4000000 bytes when its aliases are written out";
    for (text, start) in [(billion, complex), (long, written_out), (some, written_out), (merged, written_out)] {
        let (_, message) = problem(&text);
        assert!(message.starts_with(start), "{text:.40}: {message}");
    }
    let (reason, message) = problem(&format!("a: &a {}\nb: [*a, *a, *a, *a]\n", "x".repeat(900_000)));
    assert_eq!(reason, Reason::SchemaTooLarge);
    assert!(message.contains("when its aliases are written out"), "{message}");
}

/// Threads have 2 MiB, and whoever asks is on the stack, too.
#[test]
fn the_deepest_documents_are_read_without_much_stack() {
    let in_json = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let in_flow = |depth: usize| format!("{}1{}", "{a: ".repeat(depth), "}".repeat(depth));
    let in_blocks = |depth: usize| {
        let lines: Vec<String> = (0..depth).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
        lines.concat()
    };
    let in_lists = |depth: usize| format!("a:\n{}1\n", "- ".repeat(depth - 1));
    // | text | is read |
    let table = [
        (in_json(127), true),
        (in_json(128), false),
        (in_json(100_000), false),
        (in_flow(48), true),
        (in_flow(49), false),
        (in_flow(100_000), false),
        (in_blocks(48), true),
        (in_blocks(49), false),
        (in_blocks(1_000), false),
        (in_lists(48), true),
        (in_lists(49), false),
        (in_lists(400_000), false),
    ];
    for (text, is_read) in table {
        let shown = format!("{text:.20} of {} bytes", text.len());
        let thread = std::thread::Builder::new().stack_size(1536 * 1024);
        let read = thread.spawn(move || Document::parse(&text).map(|document| document.with_server(URL)));
        assert_eq!(read.unwrap().join().unwrap().is_ok(), is_read, "{shown}");
    }
}

#[test]
fn the_document_keeps_every_byte_but_its_servers() {
    let server = r#"[{"url":"https://api.internal.example.com"}]"#;
    let replaced = SMALL.trim_end().replace(r#"[{"url": "http://localhost"}]"#, server);
    // | text | with the server |
    let table = [
        (SMALL.to_owned(), replaced),
        ("{}".to_owned(), format!(r#"{{"servers":{server}}}"#)),
        (" { } ".to_owned(), format!(r#"{{"servers":{server}}}"#)),
        ("{\n  \"b\": 1,\n  \"a\": 2\n}\n".to_owned(), format!("{{\n  \"b\": 1,\n  \"a\": 2,\"servers\":{server}}}")),
        (r#"{"servers": [], "a": 1}"#.to_owned(), format!(r#"{{"servers": {server}, "a": 1}}"#)),
        (r#"{"a": 1 , "servers" : null }"#.to_owned(), format!(r#"{{"a": 1 , "servers" : {server} }}"#)),
        // A member that is there twice, also under a name with escapes.
        (r#"{"servers": 1, "ser\u0076ers": 2, "a": 3}"#.to_owned(), format!(r#"{{"servers": {server}, "a": 3}}"#)),
        // Numbers as they were written, and text that looks like structure.
        (
            r#"{"servers":1,"a":[1.10,1e400,12345678901234567890123,-0],"b":"}],\"servers\":[\\","c":{"servers":[1]}}"#
                .replace("1e400,", ""),
            r#"{"servers":S,"a":[1.10,12345678901234567890123,-0],"b":"}],\"servers\":[\\","c":{"servers":[1]}}"#
                .replace('S', server),
        ),
        // Servers of paths and operations would be called instead; everything else under that name is something else.
        (
            r#"{"paths":{"/a":{"servers":[1],"get":{"x":"ü","servers":[2],"parameters":[{"servers":3}]},"x-servers":4},
                "x-a":{"servers":[5]},"/servers":{"get":{"servers":6},"servers":7},"/b":8}}"#
                .to_owned(),
            r#"{"paths":{"/a":{"get":{"x":"ü","parameters":[{"servers":3}]},"x-servers":4},
                "x-a":{"servers":[5]},"/servers":{"get":{}},"/b":8},"servers":S}"#
                .replace('S', server),
        ),
    ];
    for (text, expected) in table {
        let with_server = document(&text).with_server(URL);
        assert_eq!(with_server, expected, "{text}");
        assert!(serde_json::from_str::<Value>(&with_server).is_ok(), "{with_server}");
    }
}

#[test]
fn a_url_is_written_as_a_text_of_json() {
    let odd = "https://a.example.com/\"}]\\";
    assert_eq!(value(&document("{}").with_server(odd)), json!({"servers": [{"url": odd}]}));
}

/// A document with these servers of its own, of its path and of the path's operation.
fn placed(own: &Value, path: &Value, operation: &Value) -> Document {
    let operation = json!({"operationId": "list", "servers": operation});
    document(&json!({"servers": own, "paths": {"/a": {"servers": path, "get": operation}}}).to_string())
}

fn servers(urls: &[&str]) -> Value {
    urls.iter().map(|url| json!({"url": url})).collect()
}

#[test]
fn domains_are_the_hosts_of_all_servers() {
    let none = servers(&[]);
    // | own | of the path | of the operation | domains |
    let table: [[&[&str]; 4]; 11] = [
        [&[], &[], &[], &[]],
        [&["https://a.example.com"], &[], &[], &["a.example.com"]],
        [&["https://a.example.com/v1", "https://A.example.com:8443/v2?x#y"], &[], &[], &["a.example.com"]],
        [&["https://a.example.com/{version}"], &[], &[], &["a.example.com"]],
        [&["https://user:secret@a.example.com:443"], &[], &[], &["a.example.com"]],
        [&["http://10.0.1.20:8080", "https://[fd00::1]:8443"], &[], &[], &["10.0.1.20", "[fd00::1]"]],
        [&["https://[fd00::1]"], &[], &[], &["[fd00::1]"]],
        [&["https://a.example.com", "https://b.example.com"], &[], &[], &["a.example.com", "b.example.com"]],
        [&["https://a.example.com"], &["https://b.example.com"], &[], &["a.example.com", "b.example.com"]],
        [&["https://a.example.com"], &[], &["https://b.example.com"], &["a.example.com", "b.example.com"]],
        [&[], &[], &["https://b.example.com"], &["b.example.com"]],
    ];
    for [own, path, operation, expected] in table {
        let document = placed(&servers(own), &servers(path), &servers(operation));
        let domains = document.domains().unwrap();
        assert_eq!(domains.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{own:?} {path:?} {operation:?}");
        let checked = document.check_domains().map_err(|problem| problem.reason);
        let reason = match expected.len() {
            0 => Err(Reason::Invalid),
            1 => Ok(()),
            _ => Err(Reason::MultipleDomains),
        };
        assert_eq!(checked, reason, "{own:?} {path:?} {operation:?}");
        let replaced = self::document(&document.with_server(URL));
        assert_eq!(replaced.domains(), Ok(BTreeSet::from(["api.internal.example.com".to_owned()])));
        assert_eq!(replaced.check_domains(), Ok(()));
    }
    let message = placed(&servers(&["https://a.example.com", "https://b.example.com"]), &none, &none).check_domains();
    assert_eq!(
        message.unwrap_err().message,
        "The servers of the document are on several domains (a.example.com, b.example.com), and a private endpoint has one; keep one of \
         them, or set serverUrlFrom"
    );
}

#[test]
fn a_server_without_a_host_of_its_own_is_told_as_such() {
    let (no_host, variable) = ("has no host; write it like", "has a variable in its host");
    // | url | the message says |
    let table = [
        (json!("/v1"), no_host),
        (json!("v1"), no_host),
        (json!(""), no_host),
        (json!("https://"), no_host),
        (json!("https:///v1"), no_host),
        (json!("https://:443"), no_host),
        (json!("api.example.com"), no_host),
        (json!(1), no_host),
        (json!("https://{region}.example.com"), variable),
        (json!("https://a.example.com:{port}/v1"), variable),
        (json!("{scheme}://a.example.com"), variable),
    ];
    for (url, expected) in table {
        let other = json!([{"url": url}]);
        for document in [placed(&other, &json!([]), &json!([])), placed(&servers(&[URL]), &json!([]), &other)] {
            for problem in [document.domains().unwrap_err(), document.check_domains().unwrap_err()] {
                assert_eq!(problem.reason, Reason::Invalid);
                assert!(problem.message.contains(expected), "{url}: {}", problem.message);
            }
        }
        assert_eq!(placed(&other, &json!([]), &json!([])).first_server(), None, "{url}");
    }
}

#[test]
fn the_first_server_is_the_one_that_is_called_by_default() {
    let table: [(&[&str], Option<&str>); 5] = [
        (&["https://a.example.com/v1", "https://b.example.com"], Some("https://a.example.com/v1")),
        (&["https://a.example.com/{version}"], None),
        (&["/v1", "https://b.example.com"], None),
        (&["http://a.example.com"], Some("http://a.example.com")),
        (&[], None),
    ];
    for (own, expected) in table {
        let document = placed(&servers(own), &servers(&["https://path.example.com"]), &json!([]));
        assert_eq!(document.first_server().as_deref(), expected, "{own:?}");
    }
}

/// An API with these operations: method, path, operationId.
fn api(operations: &[(&str, &str, Value)]) -> Document {
    let mut paths = Map::new();
    for (method, path, id) in operations {
        let path = paths.entry((*path).to_owned()).or_insert_with(|| json!({}));
        path[*method] = json!({"operationId": id, "responses": {}});
    }
    document(&json!({"openapi": "3.1.0", "paths": paths}).to_string())
}

#[test]
fn operations_without_a_name_are_listed_up_to_ten() {
    let many: Vec<_> = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
        .into_iter()
        .flat_map(|method| [(method, "/a", Value::Null), (method, "/b", json!(""))])
        .collect();
    // | operations | the names in the message |
    let table = [
        (vec![("get", "/items", Value::Null), ("post", "/items", json!("create"))], "GET /items"),
        (vec![("get", "/items", Value::Null), ("delete", "/items/{id}", json!(1))], "GET /items, DELETE /items/{id}"),
        (
            many,
            "GET /a, PUT /a, POST /a, DELETE /a, OPTIONS /a, HEAD /a, PATCH /a, TRACE /a, GET /b, PUT /b and 6 more",
        ),
    ];
    for (operations, names) in table {
        let problem = api(&operations).check_operations().unwrap_err();
        assert_eq!(problem.reason, Reason::OperationIdMissing);
        let expected = format!("Operations without operationId cannot become tools: {names}; give each an operationId");
        assert_eq!(problem.message, expected);
    }
    let long = format!("/{}", "x".repeat(100_000));
    let message = api(&[("get", &long, Value::Null)]).check_operations().unwrap_err().message;
    assert!(message.len() < 300, "a name is cut: {} bytes", message.len());
}

#[test]
fn an_operation_id_is_given_once() {
    let problem = api(&[("get", "/a", json!("list")), ("get", "/b", json!("list"))]).check_operations().unwrap_err();
    assert_eq!(problem.reason, Reason::Invalid);
    assert_eq!(
        problem.message,
        "GET /a and GET /b have the same operationId, list, and a tool's name is unique; give one of them another"
    );
    let two = api(&[("get", "/a", json!("list")), ("put", "/a", json!("List"))]);
    assert_eq!(two.check_operations(), Ok(()), "another case is another name");
    assert_eq!(two.tools(), ["List", "list"]);
}

#[test]
fn only_operations_become_tools() {
    let said = json!({"operationId": "no"});
    let document = document(
        &json!({
            "paths": {
                "/a": {"get": {"operationId": "yes"}, "parameters": [said], "x-get": said, "GET": said, "summary": said, "query": said},
                "x-paths": {"get": said},
                "/b": {"$ref": "#/components/pathItems/b"},
            },
            "webhooks": {"/w": {"get": said}},
            "components": {"pathItems": {"b": {"get": said}}},
        })
        .to_string(),
    );
    assert_eq!(document.tools(), ["yes"]);
    assert_eq!(document.check_operations(), Ok(()));
}

#[test]
fn every_problem_is_one_of_acceptance() {
    let problems = [
        Document::parse("").unwrap_err(),
        check_size(&"x".repeat(SIZE_LIMIT + 1)).unwrap_err(),
        placed(&servers(&["https://a", "https://b"]), &json!([]), &json!([])).check_domains().unwrap_err(),
        api(&[("get", "/a", Value::Null)]).check_operations().unwrap_err(),
        api(&[("get", "/a", json!("a")), ("put", "/a", json!("a"))]).check_operations().unwrap_err(),
    ];
    for problem in problems {
        assert!(problem.reason.is_about_acceptance(), "{problem:?}");
    }
}
