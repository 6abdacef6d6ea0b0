//! What folders that are applied together tell each other: the arguments of a module, and its outputs.

use super::{super::hole::whole, modules::beside, scope::Scope};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many folders deep something is handed on.
const ROUNDS: usize = 4;

/// Hands every folder that exactly one block calls its arguments, and the caller what it gives back.
pub(super) fn exchange(scopes: &mut [Scope]) {
    let calls = calls(scopes);
    for _ in 0..ROUNDS {
        let mut told: Vec<(usize, String, Value)> = Vec::new();
        for Call { caller, name, module } in &calls {
            let arguments = scopes[*caller].arguments(name);
            told.extend(
                arguments
                    .into_iter()
                    .map(|(argument, value)| (*module, format!("var.{argument}"), value)),
            );
            let outputs = scopes[*module].outputs();
            told.extend(
                outputs
                    .into_iter()
                    .map(|(output, value)| (*caller, format!("module.{name}.{output}"), value)),
            );
        }
        for (scope, name, value) in told {
            // What the other folder does not know either is known by its own name.
            if value.as_str().and_then(whole).is_none() {
                scopes[scope].tell(name, value);
            }
        }
    }
}

/// One block that calls one folder.
struct Call {
    caller: usize,
    name: String,
    module: usize,
}

/// The calls of folders that are called once.
fn calls(scopes: &[Scope]) -> Vec<Call> {
    let places: BTreeMap<(&str, &str), usize> =
        scopes.iter().enumerate().map(|(index, scope)| (scope.place(), index)).collect();
    let mut calls: BTreeMap<usize, Vec<Call>> = BTreeMap::new();
    for (caller, scope) in scopes.iter().enumerate() {
        let (tenant, folder) = scope.place();
        for (name, source) in scope.modules() {
            let called = beside(folder, source);
            let module = called.as_deref().and_then(|called| places.get(&(tenant, called)));
            if let Some(module) = module.copied().filter(|module| *module != caller) {
                let name = name.to_owned();
                calls.entry(module).or_default().push(Call { caller, name, module });
            }
        }
    }
    calls.into_values().filter(|calls| calls.len() == 1).flatten().collect()
}
