//! Collects what one job is made of, for the readers of engines that one runs oneself.

use super::{blank, image_reference, is_literal_credential, is_setting, is_throwaway};
use crate::{
    evidence::{
        Location, Pipeline, Region,
        pipeline::{
            Channel, Component, ComponentKind, Form, Literal, Pin, Scope, SecretUse, Setting, Store,
        },
    },
    readers::Document,
};

/// A record of a job that is being filled.
pub(crate) struct Gather<'d> {
    pub document: &'d Document<'d>,
    pub pipeline: Pipeline,
}

impl<'d> Gather<'d> {
    pub(crate) fn new(
        document: &'d Document<'d>,
        platform: &str,
        job: &str,
        form: Form,
    ) -> Gather<'d> {
        let pipeline = Pipeline { siblings: 1, ..blank(document, platform, job, form) };
        Gather { document, pipeline }
    }

    pub(crate) fn at(&self, region: Region) -> Location {
        Location::in_file(self.document.path, region)
    }

    pub(crate) fn literal(
        &mut self,
        slot: &str,
        text: &str,
        channel: Channel,
        scope: Scope,
        region: Region,
    ) {
        self.pipeline.literals.push(Literal {
            slot: slot.to_owned(),
            channel,
            scope,
            length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
            throwaway: is_throwaway(slot, text),
            location: self.at(region),
            ..Literal::default()
        });
    }

    /// A variable with a value written out: a credential, a setting, or neither.
    pub(crate) fn variable(&mut self, name: &str, text: &str, scope: Scope, region: Region) {
        if is_setting(name) {
            self.setting(name, text, scope, region);
        }
        if is_literal_credential(name, text) {
            self.literal(name, text, Channel::Env, scope, region);
        }
    }

    pub(crate) fn setting(&mut self, name: &str, value: &str, scope: Scope, region: Region) {
        self.pipeline.settings.push(Setting {
            name: name.to_owned(),
            value: value.to_owned(),
            scope,
            step: None,
            location: self.at(region),
        });
    }

    pub(crate) fn image(&mut self, text: &str, dynamic: bool, kind: ComponentKind, region: Region) {
        let (name, reference, pin) = image_reference(text, dynamic);
        let location = self.at(region);
        self.pipeline.components.push(Component {
            kind,
            name,
            reference,
            pin,
            location,
            ..Component::default()
        });
    }

    pub(crate) fn workflow(
        &mut self,
        name: &str,
        reference: Option<&str>,
        pin: Pin,
        region: Region,
    ) {
        let location = self.at(region);
        self.pipeline.components.push(Component {
            kind: ComponentKind::Workflow,
            name: name.to_owned(),
            reference: reference.map(str::to_owned),
            pin,
            location,
            ..Component::default()
        });
    }

    /// A stored secret; fill in the rest with struct update.
    pub(crate) fn secret(&mut self, name: &str, store: Store, region: Region, rest: SecretUse) {
        let location = self.at(region);
        self.pipeline.secrets.push(SecretUse { name: name.to_owned(), store, location, ..rest });
    }

    /// True when nothing was found that makes the record worth keeping.
    pub(crate) fn is_empty(&self) -> bool {
        let pipeline = &self.pipeline;
        pipeline.secrets.is_empty()
            && pipeline.literals.is_empty()
            && pipeline.components.is_empty()
            && pipeline.roles.is_empty()
            && pipeline.settings.is_empty()
    }
}

/// Whether a git reference is a commit, a version, or a branch.
pub(crate) fn pin_of_reference(reference: &str) -> Pin {
    let version = reference.strip_prefix("refs/tags/").unwrap_or(reference);
    let version = version.strip_prefix('v').unwrap_or(version);
    if reference.contains('$') || reference.contains("{{") {
        Pin::Dynamic
    } else if matches!(reference.len(), 40 | 64) && reference.bytes().all(|b| b.is_ascii_hexdigit())
    {
        Pin::Digest
    } else if version.starts_with(|c: char| c.is_ascii_digit()) {
        Pin::Tag
    } else {
        Pin::Floating
    }
}
