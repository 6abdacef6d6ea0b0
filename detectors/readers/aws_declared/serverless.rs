//! IAM in configurations of the Serverless Framework: the role that all functions of a service
//! share, and the CloudFormation resources beside it.
//!
//! Facts: Serverless Framework documentation, "IAM Permissions For Functions".

use super::{
    cloudformation::template,
    intrinsic::Names,
    model::{Declared, Thing},
    parsed,
};
use crate::{
    evidence::{Record, Region},
    readers::{Document, yaml::At},
};
use serde_json::{Value, json};

/// True for the names that the framework looks for.
pub(super) fn is_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("serverless")
        && [".yml", ".yaml", ".json"].iter().any(|end| name.ends_with(end))
}

pub(super) fn accepts(document: &Document) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(document.bytes, needle).is_some();
    is_path(document.path) && has(b"provider") && (has(b"iam") || has(b"AWS::IAM::"))
}

pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    let Some(yaml) = parsed(document, out) else { return };
    let Some(root) = yaml.root() else { return };
    let Some(provider) = root.get("provider") else { return };
    let mut declared = Declared::of_file(document);
    let mut names = Names { serverless: true, ..Names::default() };
    let service = root.get("service");
    let service = service.and_then(|s| s.value().or_else(|| s.get("name")?.value()));
    let service = service.unwrap_or("service").to_owned();
    if let Some(resources) = root.get("resources").and_then(|node| node.get("Resources")) {
        template(resources, &mut names, &mut declared);
    }
    let role = provider.get("iam").and_then(|iam| iam.get("role")).filter(|role| role.is_map());
    let new = |name: &str| role.and_then(|role| role.get(name));
    let statements = new("statements").or_else(|| provider.get("iamRoleStatements"));
    let managed = new("managedPolicies").or_else(|| provider.get("iamManagedPolicies"));
    let boundary = new("permissionsBoundary").or_else(|| provider.get("rolePermissionsBoundary"));
    let value = |node: Option<At<'_>>| node.map(|node| names.value(node));
    let given = new("name").map(|name| names.value(name));
    let shared = Shape {
        name: given.unwrap_or_else(|| format!("{service}-lambdaRole").into()),
        address: "provider.iam.role".to_owned(),
        statements: value(statements),
        managed: value(managed),
        boundary: value(boundary),
    };
    let mut roles = Vec::new();
    if let Some(place) = statements.or(managed) {
        roles.push((shared.thing(), place.region()));
    }
    for (key, function) in root.get("functions").into_iter().flat_map(At::entries) {
        let (Some(id), Some(statements)) = (key.text(), function.get("iamRoleStatements")) else {
            continue;
        };
        let own = Shape {
            name: format!("{service}-{id}-lambdaRole").into(),
            address: format!("functions.{id}.iamRoleStatements"),
            statements: Some(names.value(statements)),
            managed: None,
            boundary: shared.boundary.clone(),
        };
        roles.push((own.thing(), statements.region()));
    }
    for (thing, region) in roles {
        declared.add(thing, Region { start_column: 1, ..region });
    }
    if declared.has_things() {
        declared.push(out);
    }
}

struct Shape {
    name: Value,
    address: String,
    statements: Option<Value>,
    managed: Option<Value>,
    boundary: Option<Value>,
}

impl Shape {
    fn thing(&self) -> Thing {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]});
        let inline = self.statements.as_ref().map(|statements| {
            json!([{"name": "statements", "document": {"Version": "2012-10-17", "Statement": statements}}])
        });
        Thing::new("role", self.address.clone())
            .with("name", Some(self.name.clone()))
            .with("trust", Some(trust))
            .with("inline", inline)
            .with("managed", self.managed.clone())
            .with("boundary", self.boundary.clone())
    }
}
