//! Methods found by their name alone.
//!
//! Knows what the languages' own types call their methods, no library.

use super::calls::Target;
use super::eval::Ty;
use super::program::{FnRef, Program};
use crate::facts::{Call, Value};

/// Method names too common to say whose they are.
const COMMON: &[&str] = &[
    "get",
    "set",
    "run",
    "start",
    "stop",
    "init",
    "close",
    "open",
    "new",
    "create",
    "add",
    "remove",
    "delete",
    "update",
    "find",
    "call",
    "apply",
    "send",
    "emit",
    "on",
    "handle",
    "execute",
    "exec",
    "query",
    "connect",
    "build",
    "map",
    "then",
    "push",
    "pop",
    "next",
    "from",
    "into",
    "default",
    "clone",
    "parse",
    "load",
    "save",
    "read",
    "write",
    "keys",
    "values",
    "items",
    "append",
    "insert",
    "filter",
    "join",
    "split",
    "format",
    "log",
    "info",
    "error",
    "warn",
    "debug",
    "toString",
    "process",
    "render",
    "setup",
    "teardown",
    "use",
    "list",
    "all",
    "put",
    "post",
    "patch",
    "head",
    "match",
    "replace",
    "test",
    "has",
    "fetch",
    "invoke",
    "wait",
    "poll",
    "lock",
    "drop",
    "len",
    "iter",
    "to_string",
    "as_str",
    "main",
    "name",
    "getTime",
    "getDate",
    "getFullYear",
    "toISOString",
    "toJSON",
    "valueOf",
    "includes",
    "indexOf",
    "slice",
    "concat",
    "forEach",
    "reduce",
    "trim",
    "startsWith",
    "endsWith",
    "toLowerCase",
    "toUpperCase",
    "hasOwnProperty",
    "preventDefault",
    "stopPropagation",
    "getAttribute",
    "setAttribute",
    "addEventListener",
    "focus",
    "click",
    "scroll",
    "submit",
    "finally",
    "catch",
    "encode",
    "decode",
    "strip",
    "lower",
    "upper",
    "extend",
    "isoformat",
    "timestamp",
    "total_seconds",
    "as_ref",
    "to_vec",
    "collect",
    "is_empty",
    "push_str",
    "unwrap_or",
    "and_then",
    "contains",
    "validate",
    "serialize",
    "to_dict",
    "type",
    "value",
    "data",
    "id",
    "flush",
    "reset",
    "clear",
    "count",
    "sort",
    "copy",
    "register",
    "subscribe",
    "publish",
];

impl<'a> Program<'a> {
    /// The last resort for a method of an unknown receiver: the few project methods of that name in the
    /// same package. Such an edge is weak.
    pub(super) fn add_by_name(&self, from: FnRef, data: &'a Call, callee: &Ty<'a>, target: &mut Target) {
        let Value::Member(base, name) = &data.callee else { return };
        let outside = matches!(callee, Ty::External(_) | Ty::Method(..));
        if outside || !matches!(callee, Ty::Unknown) || COMMON.contains(&name.as_str()) || name.len() < 4 {
            return;
        }
        if !matches!(base.root(), Value::Var(_) | Value::This | Value::Call(_)) {
            return;
        }
        let Some(found) = self.methods_by_name.get(name.as_str()) else { return };
        let package = |file: u32| {
            let path = self.units[file as usize].path.as_str();
            &path[..path.len() - self.within_package(file).len()]
        };
        let here = (self.language(from.file), package(from.file));
        let same = |f: &&FnRef| (self.language(f.file), package(f.file)) == here && !self.function(**f).body.is_empty();
        let found: Vec<FnRef> = found.iter().filter(same).take(4).copied().collect();
        if (1..=3).contains(&found.len()) {
            target.functions = found;
            target.by_name = true;
        }
    }
}
