//! Argo CD: applications (deployment jobs), projects (what they may deploy where), settings, and the
//! Secrets that hold repository and cluster credentials.
//!
//! Format: <https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/> and
//! <https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/>.

use crate::{
    evidence::{
        Record, Resource,
        pipeline::{Channel, Form, Method, Pin, RoleUse, Scope, Trigger},
    },
    readers::{
        Document,
        ci::{
            gather::{Gather, pin_of_reference},
            kubernetes::is_filled_in,
            manifests::{at, each_object, has_mark, name_of},
        },
        yaml::At,
    },
};

/// The platform's name in records.
pub(crate) const PLATFORM: &str = "argo-cd";

const MARKS: &[&str] =
    &["argoproj.io/", "argocd-cm", "argocd-rbac-cm", "policy.default", "users.anonymous"];

/// Keys of repository and cluster Secrets that are secret.
const SECRETS: &[&str] = &[
    "password",
    "sshPrivateKey",
    "githubAppPrivateKey",
    "bearerToken",
    "tlsClientCertKey",
    "gcpServiceAccountKey",
    "config",
];

pub(crate) fn accepts(document: &Document) -> bool {
    has_mark(document, MARKS)
}

pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    // The reader of workflows tells of files that are not YAML when both know the file.
    let told = super::workflows::accepts(document);
    let before = out.len();
    each_object(document, out, |object, out| {
        match object.get("kind").and_then(At::value) {
            Some("Application") if is_argo(object) => {
                application(document, object, object.get("spec"), out)
            }
            Some("ApplicationSet") if is_argo(object) => {
                application(document, object, at(object, &["spec", "template", "spec"]), out);
            }
            Some("AppProject") if is_argo(object) => project(document, object, out),
            Some("ConfigMap") => {
                let name =
                    at(object, &["metadata", "name"]).and_then(At::value).unwrap_or_default();
                if name.ends_with("argocd-cm") || name.ends_with("argocd-rbac-cm") {
                    settings(document, object.get("data"), out);
                }
            }
            Some("Secret") => secret(document, object, out),
            // The values of the Helm chart.
            None => ["cm", "rbac"]
                .iter()
                .for_each(|key| settings(document, at(object, &["configs", key]), out)),
            _ => {}
        }
    });
    if told {
        let unread =
            out.iter().skip(before).position(|record| matches!(record, Record::Coverage(_)));
        unread.map(|index| out.remove(before + index));
    }
}

fn is_argo(object: At) -> bool {
    object
        .get("apiVersion")
        .and_then(At::value)
        .is_some_and(|version| version.starts_with("argoproj.io/"))
}

/// An application is a deployment that starts by itself when its source changes.
fn application(document: &Document, object: At, spec: Option<At>, out: &mut Vec<Record>) {
    let Some(spec) = spec else { return };
    let mut gather = Gather::new(document, PLATFORM, &name_of(object), Form::Job);
    gather.pipeline.location = gather.at(object.get("metadata").unwrap_or(object).region());
    let automated = at(spec, &["syncPolicy", "automated"]);
    gather.pipeline.triggers.push(Trigger {
        event: if automated.is_some() { "change of the source" } else { "manual sync" }.to_owned(),
        location: automated.map(|place| gather.at(place.region())),
        ..Trigger::default()
    });
    gather.pipeline.environment = spec.get("destination").and_then(|destination| {
        let cluster = destination.get("name").or_else(|| destination.get("server"))?.value()?;
        let namespace = destination.get("namespace").and_then(At::value).unwrap_or_default();
        Some(format!("{cluster}/{namespace}"))
    });
    if let Some((place, name)) = spec.get("project").and_then(|p| Some((p, p.value()?))) {
        let location = gather.at(place.region());
        gather.pipeline.roles.push(RoleUse {
            provider: "argo-cd".to_owned(),
            role: name.to_owned(),
            method: Method::Ambient,
            location,
            ..RoleUse::default()
        });
    }
    let several = spec.get("sources").into_iter().flat_map(At::items);
    for source in spec.get("source").into_iter().chain(several) {
        source_of(&mut gather, source);
    }
    out.push(gather.pipeline.into());
}

fn source_of(gather: &mut Gather, source: At) {
    if let Some((place, url)) = source.get("repoURL").and_then(|u| Some((u, u.value()?))) {
        let plain = url.trim_end_matches('/').trim_end_matches(".git");
        let short =
            ["https://github.com/", "git@github.com:"].iter().find_map(|p| plain.strip_prefix(p));
        let chart = source.get("chart").and_then(At::value);
        let name = chart
            .map_or_else(|| short.unwrap_or(plain).to_owned(), |chart| format!("{plain}/{chart}"));
        let reference = source.get("targetRevision").and_then(At::value);
        let own = gather
            .document
            .repository
            .is_some_and(|r| short.is_some_and(|s| s.eq_ignore_ascii_case(r)));
        let pin = match reference {
            _ if own => Pin::Local,
            _ if is_filled_in(url) => Pin::Dynamic,
            Some(text) if text.contains(['*', '>', '~', '^']) => Pin::Floating,
            Some(text) => pin_of_reference(text),
            None => Pin::Floating,
        };
        gather.workflow(&name, reference, pin, place.region());
    }
    for parameter in at(source, &["helm", "parameters"]).into_iter().flat_map(At::items) {
        let (Some(name), Some(value)) =
            (parameter.get("name").and_then(At::value), parameter.get("value"))
        else {
            continue;
        };
        let text = value.value().unwrap_or_default();
        if !is_filled_in(text) {
            gather.variable(name, text, Scope::Job, value.region());
        }
    }
}

fn resource(document: &Document, kind: &str, subject: String, place: At) -> Resource {
    Resource {
        id: format!("resource:{subject}"),
        src: document.src.at(document.path),
        as_of: document.as_of,
        kind: kind.to_owned(),
        subject,
        location: Some(crate::evidence::Location::in_file(document.path, place.region())),
        ..Resource::default()
    }
}

/// What the applications of a project may deploy, and from where; its roles' tokens.
fn project(document: &Document, object: At, out: &mut Vec<Record>) {
    let Some(spec) = object.get("spec") else { return };
    let name = at(object, &["metadata", "name"]).and_then(At::value).unwrap_or_default();
    let subject = format!("argocd-project:{}#{name}", document.path);
    let any = |list: &str, fields: &[&str]| {
        spec.get(list).into_iter().flat_map(At::items).any(|item| {
            if fields.is_empty() {
                return item.value() == Some("*");
            }
            fields.iter().all(|field| {
                // A destination names its cluster by address or by name.
                let other = (*field == "server").then(|| item.get("name")).flatten();
                item.get(field).or(other).and_then(At::value) == Some("*")
            })
        })
    };
    let mut record = resource(
        document,
        "argocd-project",
        subject.clone(),
        object.get("metadata").unwrap_or(object),
    );
    record.attrs = [
        ("name", name.into()),
        ("any_source", any("sourceRepos", &[]).into()),
        ("any_destination", any("destinations", &["namespace", "server"]).into()),
        ("any_cluster_resource", any("clusterResourceWhitelist", &["group", "kind"]).into()),
    ]
    .map(|(key, value): (&str, serde_json::Value)| (key.to_owned(), value))
    .into();
    out.push(record.into());
    for role in spec.get("roles").into_iter().flat_map(At::items) {
        let role_name = role.get("name").and_then(At::value).unwrap_or_default();
        for token in role.get("jwtTokens").into_iter().flat_map(At::items) {
            let issued = token.get("iat").and_then(At::value).unwrap_or_default();
            let expires = token.get("exp").and_then(At::value).unwrap_or("0");
            let subject = format!("{subject}/{role_name}/{issued}");
            let mut record = resource(document, "argocd-token", subject, token);
            record.attrs =
                [("project", name), ("role", role_name), ("issued", issued), ("expires", expires)]
                    .map(|(key, value)| (key.to_owned(), value.into()))
                    .into();
            out.push(record.into());
        }
    }
}

/// The entries of `argocd-cm` and `argocd-rbac-cm` that decide about identity.
fn settings(document: &Document, data: Option<At>, out: &mut Vec<Record>) {
    for (key, value) in data.into_iter().flat_map(At::entries) {
        let (Some(name), Some(text)) = (key.text(), value.text()) else { continue };
        let counts = matches!(
            name,
            "users.anonymous.enabled" | "policy.default" | "admin.enabled" | "exec.enabled"
        ) || name.starts_with("accounts.");
        if !counts {
            continue;
        }
        let subject = format!("argocd-setting:{}#{name}", document.path);
        let mut record = resource(document, "ci-setting", subject, key);
        record.attrs = [("platform", PLATFORM), ("name", name), ("value", text)]
            .map(|(key, value)| (key.to_owned(), value.into()))
            .into();
        out.push(record.into());
    }
}

/// A Secret that opens a repository or cluster.
fn secret(document: &Document, object: At, out: &mut Vec<Record>) {
    let label =
        at(object, &["metadata", "labels", "argocd.argoproj.io/secret-type"]).and_then(At::value);
    if label.is_none() {
        return;
    }
    let mut gather = Gather::new(document, PLATFORM, &name_of(object), Form::Service);
    gather.pipeline.location = gather.at(object.get("metadata").unwrap_or(object).region());
    let fields = || ["stringData", "data"].iter().filter_map(|field| object.get(field));
    let user = fields().find_map(|field| field.get("username")).and_then(At::value);
    let user = user.unwrap_or_default();
    for (key, value) in fields().flat_map(At::entries) {
        let (Some(name), Some(text)) = (key.text(), value.value()) else { continue };
        let text = text.trim();
        // The configuration of a cluster is JSON, of which only a token or key is secret.
        let secret = name != "config"
            || ["bearerToken", "password", "keyData"].iter().any(|part| text.contains(part));
        let refers = is_filled_in(text)
            || text.starts_with(['<', '$', '&'])
            || text.contains("AVP")
            || text.contains("path:");
        if SECRETS.contains(&name) && secret && !refers {
            gather.literal(name, text, Channel::File, Scope::Workflow, value.region());
            if let Some(literal) = gather.pipeline.literals.last_mut() {
                literal.throwaway |= text.contains("...") || text.contains('<') || text == user;
            }
        }
    }
    if !gather.pipeline.literals.is_empty() {
        out.push(gather.pipeline.into());
    }
}
