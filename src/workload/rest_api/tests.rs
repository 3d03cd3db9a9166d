//! Tables of what is selected and how it is named, and what holds for any API.

use proptest::{collection::btree_set, prelude::*, sample::select};
use serde_json::json;

use super::*;

fn filter(path: &str, methods: &[RestApiMethod]) -> ApiGatewayToolFilter {
    ApiGatewayToolFilter { filter_path: path.to_owned(), methods: methods.to_vec() }
}

fn named(method: RestApiMethod, path: &str, name: &str) -> ApiGatewayToolOverride {
    ApiGatewayToolOverride { name: name.to_owned(), description: None, path: path.to_owned(), method }
}

fn export(paths: &Value) -> Export {
    Export::parse(json!({"openapi": "3.0.1", "paths": paths}).to_string().as_bytes()).unwrap()
}

fn pets() -> Export {
    export(&json!({
        "/": {"get": {}},
        "/pets": {"get": {}, "post": {"operationId": "CreatePet"}},
        "/pets/{petId}": {"get": {"operationId": "GetPet"}},
        "/files/{proxy+}": {"x-amazon-apigateway-any-method": {}},
        "/raw/{path+}": {"get": {"operationId": "raw"}},
    }))
}

const GET: RestApiMethod = RestApiMethod::Get;
const POST: RestApiMethod = RestApiMethod::Post;

#[test]
fn filters_reach_one_path_or_all_below() {
    for (filter_path, path, expected) in [
        ("/pets", "/pets", Reach::Yes),
        ("/pets", "/pets/", Reach::No),
        ("/pets", "/pets/{petId}", Reach::No),
        ("/pets/{petId}", "/pets/{petId}", Reach::Yes),
        ("/pets/*", "/pets/{petId}", Reach::Yes),
        ("/pets/*", "/pets/{petId}/toys", Reach::Yes),
        ("/pets/*", "/pets", Reach::Perhaps),
        ("/pets/*", "/petshop", Reach::No),
        ("/*", "/pets", Reach::Yes),
        ("/*", "/", Reach::Perhaps),
        ("/", "/", Reach::Yes),
        ("/", "/pets", Reach::No),
    ] {
        assert_eq!(reach(&[filter(filter_path, &[GET])], GET, path), expected, "{filter_path} {path}");
        assert_eq!(reach(&[filter(filter_path, &[GET])], POST, path), Reach::No, "{filter_path} {path}");
    }
    let both = [filter("/pets/*", &[GET]), filter("/pets", &[GET])];
    assert_eq!(reach(&both, GET, "/pets"), Reach::Yes, "one certain filter is enough");
    assert_eq!(reach(&[], GET, "/pets"), Reach::No);
}

#[test]
fn nameless_operations_are_named_and_others_keep_their_names() {
    let export = pets();
    let filters = [filter("/pets", &[GET, POST]), filter("/pets/*", &[GET]), filter("/", &[GET])];
    let given = [named(GET, "/pets/{petId}", "GetPetById")];
    let selected = export.selected(&filters);
    let titles: Vec<String> = nameless(&selected, &given).into_iter().map(Operation::title).collect();
    assert_eq!(titles, ["GET /", "GET /pets"]);
    let generated = generated(&selected, &given);
    assert_eq!(generated, [named(GET, "/", "get_root"), named(GET, "/pets", "get_pets")]);
    let all = [&given[..], &generated].concat();
    assert_eq!(tools(&selected, &all), ["CreatePet", "GetPetById", "get_pets", "get_root"]);
    assert!(nameless(&selected, &all).is_empty());
    assert!(generated.iter().all(is_generated));
    assert!(!is_generated(&given[0]));
    assert!(!is_generated(&ApiGatewayToolOverride { description: Some("x".to_owned()), ..generated[0].clone() }));
}

#[test]
fn a_parent_that_is_perhaps_selected_is_neither_named_nor_missed() {
    let export = pets();
    let filters = [filter("/pets/*", &[GET])];
    let selected = export.selected(&filters);
    assert!(generated(&selected, &[]).is_empty() && nameless(&selected, &[]).is_empty());
    assert!(stray(&filters, &[named(GET, "/pets", "ListPets")]).is_empty());
    let elsewhere = [named(POST, "/pets", "NewPet"), named(GET, "/cats", "Cats")];
    assert_eq!(stray(&filters, &elsewhere).len(), 2);
}

#[test]
fn greedy_paths_are_found_under_any_method() {
    let export = pets();
    let found = |path: &str, method| export.proxies(&[filter(path, &[method])]).into_iter().collect::<Vec<_>>();
    assert_eq!(found("/files/*", GET), ["/files/{proxy+}"]);
    assert_eq!(found("/files/{proxy+}", POST), ["/files/{proxy+}"]);
    assert_eq!(found("/*", GET), ["/files/{proxy+}", "/raw/{path+}"]);
    assert_eq!(found("/raw/*", POST), [""; 0], "it has no such method");
    assert_eq!(found("/pets/*", GET), [""; 0]);
}

#[test]
fn names_are_what_people_would_choose() {
    for (method, path, expected) in [
        (GET, "/", "get_root"),
        (GET, "/pets", "get_pets"),
        (POST, "/pets", "post_pets"),
        (GET, "/pets/{petId}", "get_pets_by_petId"),
        (GET, "/pets/{petId}/toys/{toyId}", "get_pets_by_petId_toys_by_toyId"),
    ] {
        assert_eq!(names(method, path).next().as_deref(), Some(expected));
    }
    for (path, start) in [
        ("/pets/by/petId", "get_pets_by_petId__"),
        ("/root", "get_root__"),
        ("/pets/", "get_pets__"),
        ("/pet-shop", "get_pet_shop__"),
        ("/pets/{pet_id}", "get_pets_pet_id__"),
        ("/größe", "get_gr_e__"),
    ] {
        let name = names(GET, path).next().unwrap();
        assert!(name.starts_with(start) && name.len() == start.len() + 8, "{path}: {name}");
    }
    let long = names(GET, &"/segment".repeat(20)).next().unwrap();
    assert_eq!(long.len(), LONGEST);
}

#[test]
fn a_name_that_somebody_has_is_not_given_again() {
    let export = export(&json!({"/pets": {"get": {}}, "/all": {"get": {"operationId": "get_pets"}}}));
    let selected = export.selected(&[filter("/*", &[GET])]);
    let name = generated(&selected, &[]).remove(0).name;
    assert!(name.starts_with("get_pets__"), "{name}");
    let given = [named(GET, "/all", "everything")];
    assert_eq!(generated(&selected, &given)[0].name, "get_pets", "an override frees the name");
}

#[test]
fn the_digest_is_about_what_makes_tools() {
    let filters = [filter("/pets", &[GET])];
    let with =
        |operation: Value, more: Value| export(&json!({"/pets": {"get": operation}, "/other": more})).digest(&filters);
    let before = with(json!({"operationId": "a"}), json!({}));
    assert_eq!(before, with(json!({"operationId": "a"}), json!({"get": {}})), "what is not selected");
    assert_ne!(before, with(json!({"operationId": "b"}), json!({})), "another name");
    assert_ne!(before, with(json!({"operationId": "a", "parameters": [{"name": "p"}]}), json!({})), "a parameter");
    let text = |version: &str, schema: &str| {
        json!({"info": {"version": version}, "components": {"schemas": {"Pet": {"type": schema}}}, "paths": {}})
            .to_string()
    };
    let digest = |text: String| Export::parse(text.as_bytes()).unwrap().digest(&filters);
    assert_eq!(digest(text("1", "object")), digest(text("2", "object")), "the time of the deployment");
    assert_ne!(digest(text("1", "object")), digest(text("1", "string")), "what operations refer to");
    let both = |filters: &[ApiGatewayToolFilter]| pets().digest(filters);
    let (one, other) = (filter("/pets", &[GET, POST]), filter("/", &[GET]));
    assert_eq!(both(&[one.clone(), other.clone()]), both(&[other, filter("/pets", &[POST, GET])]), "their order");
    assert!(is_of_same_filters(
        &both(std::slice::from_ref(&one)),
        &export(&json!({})).digest(std::slice::from_ref(&one))
    ));
    assert!(!is_of_same_filters(&both(&[one]), &both(&filters)));
}

#[test]
fn what_is_no_export_is_told() {
    for text in ["", "[]", "{}", "{\"paths\": 1}"] {
        assert!(Export::parse(text.as_bytes()).is_err(), "{text}");
    }
}

/// Any path, plain ones and those that are easily taken for one another.
fn paths() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        select(vec!["a", "b", "by", "root", "a_b", "a-b", "", "{a}", "{b}", "{by}", "{a_b}", "{a+}", "ä"])
            .prop_map(str::to_owned),
        "[a-z]{1,40}",
    ];
    proptest::collection::vec(segment, 0..5).prop_map(|segments| format!("/{}", segments.join("/")))
}

fn operations() -> impl Strategy<Value = Vec<(RestApiMethod, String)>> {
    let operation = (select(RestApiMethod::ALL.to_vec()), paths());
    btree_set(operation, 0..12).prop_map(|all| all.into_iter().collect())
}

proptest! {
    #[test]
    fn generated_names_are_unique_legal_and_the_same_in_any_order(
        operations in operations(),
        taken in btree_set(select(vec!["get_a", "get_a_b", "post_root", "get_by_a"]).prop_map(str::to_owned), 0..3),
        turn in 0..12_usize,
    ) {
        let borrow = |all: &[(RestApiMethod, String)]| {
            let all: Vec<_> = all.iter().map(|(method, path)| (*method, path.as_str())).collect();
            name_all(all.into_iter(), taken.clone())
        };
        let named = borrow(&operations);
        prop_assert_eq!(named.len(), operations.len(), "every operation gets a name");
        let mut names: BTreeSet<String> = taken.clone();
        for given in &named {
            prop_assert!(names.insert(given.name.clone()), "{} is given twice: {:?}", given.name, named);
            prop_assert!(given.name.len() <= LONGEST);
            prop_assert!(given.name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_'));
            prop_assert!(!given.name.contains("___"), "agents split names there: {}", given.name);
            prop_assert!(is_generated(given));
        }
        let mut turned = operations.clone();
        if !turned.is_empty() {
            let by = turn % turned.len();
            turned.rotate_left(by);
        }
        prop_assert_eq!(&borrow(&turned), &named, "order does not matter");
        // What comes and goes beside an operation leaves its name alone.
        for operation in &operations {
            let alone = borrow(std::slice::from_ref(operation));
            prop_assert!(named.contains(&alone[0]), "{:?} is named {:?} alone", operation, alone);
        }
    }
}
