//! Lua as Argo CD runs it: `util/lua/lua.go` of argo-cd v3.5.1.
//!
//! Version 5.1, and of its libraries only base, package and table; `require("os")` gives `time` and `date` and no more. What a script
//! answers goes through JSON, in which an empty table is an empty list.

use mlua::{Lua, LuaOptions, StdLib, Table, Value as LuaValue};
use serde_json::{Map, Value, json};

/// Runs a script on an object, as its global `obj`, and answers with what it returned.
pub(super) fn run(script: &str, object: &Value) -> anyhow::Result<Value> {
    let lua = engine()?;
    lua.globals().set("obj", decode(&lua, object)?)?;
    let returned: LuaValue = lua.load(script).eval()?;
    anyhow::ensure!(returned.is_table(), "expect table output from Lua script, not {}", returned.type_name());
    encode(&returned)
}

fn engine() -> anyhow::Result<Lua> {
    let lua = Lua::new_with(StdLib::PACKAGE | StdLib::TABLE | StdLib::OS, LuaOptions::default())?;
    let globals = lua.globals();
    let whole: Table = globals.get("os")?;
    let safe = lua.create_table()?;
    for name in ["time", "date"] {
        safe.set(name, whole.get::<LuaValue>(name)?)?;
    }
    let package: Table = globals.get("package")?;
    package.get::<Table>("loaded")?.set("os", LuaValue::Nil)?;
    let loader = lua.create_function(move |_, ()| Ok(safe.clone()))?;
    package.get::<Table>("preload")?.set("os", loader)?;
    // There is no library of this name open in Argo CD; in Lua 5.1 it comes with the base library.
    for name in ["os", "coroutine"] {
        globals.set(name, LuaValue::Nil)?;
    }
    Ok(lua)
}

/// `decodeValue`: null is nil, and a member that is nil is none.
fn decode(lua: &Lua, value: &Value) -> mlua::Result<LuaValue> {
    Ok(match value {
        Value::Null => LuaValue::Nil,
        Value::Bool(value) => LuaValue::Boolean(*value),
        Value::Number(number) => LuaValue::Number(number.as_f64().unwrap_or_default()),
        Value::String(text) => LuaValue::String(lua.create_string(text)?),
        Value::Array(items) => {
            let table = lua.create_table()?;
            for item in items {
                table.push(decode(lua, item)?)?;
            }
            LuaValue::Table(table)
        }
        Value::Object(members) => {
            let table = lua.create_table()?;
            for (name, member) in members {
                table.set(name.as_str(), decode(lua, member)?)?;
            }
            LuaValue::Table(table)
        }
    })
}

/// `layeh.com/gopher-json`: a table without keys, or with the keys 1 to n, is a list; keys are numbers or words, and not both.
fn encode(value: &LuaValue) -> anyhow::Result<Value> {
    Ok(match value {
        LuaValue::Nil => Value::Null,
        LuaValue::Boolean(value) => json!(value),
        LuaValue::Integer(number) => json!(number),
        #[expect(clippy::cast_possible_truncation, reason = "only numbers without a fraction are made integers")]
        LuaValue::Number(number) if number.fract() == 0.0 => json!(*number as i64),
        LuaValue::Number(number) => json!(number),
        LuaValue::String(text) => json!(text.to_str()?.to_string()),
        LuaValue::Table(table) => encode_table(table)?,
        LuaValue::LightUserData(_)
        | LuaValue::Function(_)
        | LuaValue::Thread(_)
        | LuaValue::UserData(_)
        | LuaValue::Error(_)
        | LuaValue::Other(_) => anyhow::bail!("cannot encode {} to JSON", value.type_name()),
    })
}

fn encode_table(table: &Table) -> anyhow::Result<Value> {
    let mut items = Vec::new();
    let mut members = Map::new();
    for pair in table.pairs::<LuaValue, LuaValue>() {
        match pair? {
            (LuaValue::String(name), member) => drop(members.insert(name.to_str()?.to_string(), encode(&member)?)),
            (LuaValue::Integer(_) | LuaValue::Number(_), item) => items.push(encode(&item)?),
            (key, _) => anyhow::bail!("cannot encode a table with a key of type {}", key.type_name()),
        }
    }
    anyhow::ensure!(items.is_empty() || members.is_empty(), "cannot encode mixed or invalid key types");
    Ok(if members.is_empty() { Value::Array(items) } else { Value::Object(members) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_argo_cd_opens_is_there() {
        let open =
            |name: &str| run(&format!("return {{ there = {name} ~= nil }}"), &json!({})).unwrap()["there"] == true;
        for name in ["string", "io", "math", "debug", "coroutine", "os"] {
            assert!(!open(name), "{name}");
        }
        for name in ["table.insert", "ipairs", "require", "require('os').date"] {
            assert!(open(name), "{name}");
        }
        for name in ["require('os').execute", "require('os').getenv"] {
            assert!(!open(name), "{name}");
        }
        assert!(run("return ('x'):upper()", &json!({})).is_err(), "strings have no methods without their library");
    }

    #[test]
    fn values_pass_through_as_in_argo_cd() {
        let object = json!({"a": [1, 2.5], "b": {"c": null, "d": true}, "e": {}});
        assert_eq!(run("return obj", &object).unwrap(), json!({"a": [1, 2.5], "b": {"d": true}, "e": []}));
        assert!(run("return 'text'", &object).is_err());
        assert!(run("return { 1, a = 2 }", &object).is_err());
    }
}
