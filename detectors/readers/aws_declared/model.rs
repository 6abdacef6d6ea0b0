//! What files declare, before the holes are filled.

use crate::{
    evidence::{Attrs, Location, Record, Region, Resource},
    readers::Document,
};
use serde_json::{Map, Value};

/// The resource type of a declared thing.
pub(super) const THING: &str = "aws-declared";
/// The resource type of the named values of a file.
pub(super) const NAMES: &str = "aws-declared-names";

/// How the names of folders that are applied together begin.
pub(super) const MODULE: &str = "module:";
/// How the names of what such a folder is handed begin.
pub(super) const ARGUMENTS: &str = "arguments:";
/// How the names of what a folder gives back begin.
pub(super) const OUTPUT: &str = "output.";

/// What one file declares.
pub(super) struct Declared<'a> {
    document: &'a Document<'a>,
    /// The files that are applied together: a folder, or one template.
    deployment: String,
    names: Map<String, Value>,
    things: Vec<(Thing, Region)>,
}

/// A user, role, group, policy, attachment or provider.
pub(super) struct Thing {
    /// Its name in the file: `aws_iam_role.deploy`.
    pub(super) address: String,
    /// `role`, `user`, `group`, `policy`, `attachment`, `membership`, `provider`, `key`, `password`,
    /// `service-password`.
    pub(super) kind: &'static str,
    /// Its fields, with holes.
    pub(super) fields: Map<String, Value>,
}

impl<'a> Declared<'a> {
    /// Nothing yet. Files of one folder are one deployment.
    pub(super) fn of_folder(document: &'a Document<'a>) -> Declared<'a> {
        let folder = document.path.rsplit_once('/').map_or(".", |(folder, _)| folder);
        Declared::new(document, folder.to_owned())
    }

    /// Nothing yet, of a file that is applied by itself.
    pub(super) fn of_file(document: &'a Document<'a>) -> Declared<'a> {
        Declared::new(document, document.path.to_owned())
    }

    fn new(document: &'a Document<'a>, deployment: String) -> Declared<'a> {
        Declared { document, deployment, names: Map::new(), things: Vec::new() }
    }

    /// Gives a value a name.
    pub(super) fn name(&mut self, name: String, value: Value) {
        self.names.insert(name, value);
    }

    /// Adds a thing.
    pub(super) fn add(&mut self, thing: Thing, region: Region) {
        self.things.push((thing, region));
    }

    /// True when the file declares something of IAM.
    pub(super) fn has_things(&self) -> bool {
        !self.things.is_empty()
    }

    /// As records.
    pub(super) fn push(self, out: &mut Vec<Record>) {
        let path = self.document.path;
        let tenant = self.document.src.tenant.clone().unwrap_or_default();
        let resource = |id: String, kind: &str, subject: String, location, attrs: Attrs| Resource {
            id,
            src: self.document.src.at(path),
            as_of: self.document.as_of,
            kind: kind.to_owned(),
            subject,
            location,
            attrs,
            ..Resource::default()
        };
        let base: Attrs = [
            ("deployment".to_owned(), Value::from(self.deployment.clone())),
            ("tenant".to_owned(), Value::from(tenant)),
        ]
        .into();
        if !self.names.is_empty() {
            let mut attrs = base.clone();
            attrs.insert("names".into(), Value::Object(self.names));
            let subject = format!("{NAMES}:{path}");
            out.push(resource(format!("resource:{subject}"), NAMES, subject, None, attrs).into());
        }
        for (thing, region) in self.things {
            let mut attrs = base.clone();
            attrs.insert("address".into(), thing.address.clone().into());
            attrs.insert("kind".into(), thing.kind.into());
            attrs.insert("fields".into(), Value::Object(thing.fields));
            let subject = format!("{THING}:{path}#{}", thing.address);
            let location = Some(Location::in_file(path, region));
            let id = format!("resource:{subject}");
            out.push(resource(id, THING, subject, location, attrs).into());
        }
    }
}

impl Thing {
    /// A thing without fields.
    pub(super) fn new(kind: &'static str, address: impl Into<String>) -> Thing {
        Thing { address: address.into(), kind, fields: Map::new() }
    }

    /// The same with a field, when there is one.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: Option<Value>) -> Thing {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            self.fields.insert(name.to_owned(), value);
        }
        self
    }
}
