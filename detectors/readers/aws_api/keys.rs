//! Access keys and other credentials of users. The credential report knows ages and uses but no key
//! ids; the list of a user's keys knows ids but no uses. Together they give one record a key.

use super::{
    Answer, Answers,
    shape::{at, at_or_never, known, text},
};
use crate::evidence::{Credential, Identity, Location, Record, Status, When};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const LIST: &str = "iam:ListAccessKeys";

/// The lists of keys, by the user's name.
fn lists(answers: &Answers) -> BTreeMap<&str, Vec<&Value>> {
    let mut lists: BTreeMap<&str, Vec<&Value>> =
        answers.of(LIST).map(|answer| (answer.about.as_str(), Vec::new())).collect();
    for (answer, key) in answers.items(LIST, "AccessKeyMetadata") {
        lists.entry(&answer.about).or_default().push(key);
    }
    lists
}

/// The report's records of each user's keys, by the user's name: positions in `out`.
fn slots(out: &[Record]) -> HashMap<String, Vec<usize>> {
    let mut slots: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, record) in out.iter().enumerate() {
        if let Record::Credential(key) = record
            && key.kind == "aws-access-key"
        {
            slots.entry(user_name(&key.subject).to_owned()).or_default().push(index);
        }
    }
    slots
}

/// The users whose keys the report knows.
pub(super) fn holders(out: &[Record]) -> BTreeSet<String> {
    slots(out).into_keys().collect()
}

/// True for IAM users; root is none.
pub(super) fn is_user(identity: &Identity) -> bool {
    identity.attrs.get("aws").and_then(Value::as_str) == Some("user")
}

/// The name at the end of a user's ARN; `root` for the root user.
fn user_name(subject: &str) -> &str {
    subject.rsplit(['/', ':']).next().unwrap_or(subject)
}

/// Which key stands in which slot of the report: by the second of creation where that is unique,
/// or because there is only one of each.
fn pair<'k>(keys: &[&'k Value], slots: &[&Credential]) -> Vec<(usize, &'k Value)> {
    if let ([key], [_]) = (keys, slots) {
        return vec![(0, key)];
    }
    let second = |key: &Value| at(key, "CreateDate").map(|at| at.as_second());
    let made = |slot: &Credential| slot.rotated_at.at().map(|at| at.as_second());
    let fits = |slot: &Credential, key: &Value| {
        second(key).is_some() && second(key) == made(slot) && status(key) == slot.status
    };
    let mut pairs = Vec::new();
    for key in keys {
        let fitting: Vec<usize> = (0..slots.len()).filter(|i| fits(slots[*i], key)).collect();
        let alike = keys.iter().filter(|other| fitting.iter().any(|i| fits(slots[*i], other)));
        if let ([slot], 1) = (&fitting[..], alike.count()) {
            pairs.push((*slot, *key));
        }
    }
    pairs
}

fn status(item: &Value) -> Status {
    match text(item, "Status") {
        Some("Active") => Status::Active,
        Some(_) => Status::Disabled,
        None => Status::Unknown,
    }
}

/// The keys that are in no slot of the report.
pub(super) fn unpaired(answers: &Answers, out: &[Record]) -> Vec<String> {
    let slots = slots(out);
    let mut unpaired = Vec::new();
    for (user, keys) in lists(answers) {
        let of_user: Vec<&Credential> = credentials(out, slots.get(user)).collect();
        let pairs = pair(&keys, &of_user);
        let alone = keys.iter().filter(|key| !pairs.iter().any(|(_, paired)| paired == *key));
        unpaired.extend(alone.filter_map(|key| text(key, "AccessKeyId").map(str::to_owned)));
    }
    unpaired
}

fn credentials<'a>(
    out: &'a [Record],
    indices: Option<&'a Vec<usize>>,
) -> impl Iterator<Item = &'a Credential> {
    indices.into_iter().flatten().filter_map(|index| match out.get(*index) {
        Some(Record::Credential(key)) => Some(key),
        _ => None,
    })
}

/// Puts key ids on the report's records; a user's list is younger than the report, so what only the
/// report has is gone, and what only the list has is new.
pub(super) fn join(answers: &Answers, out: &mut Vec<Record>) {
    let slots = slots(out);
    let arns = arns(out);
    let (mut gone, mut named, mut new) = (Vec::new(), Vec::new(), Vec::new());
    for (user, keys) in lists(answers) {
        let indices = slots.get(user);
        let of_user: Vec<&Credential> = credentials(out, indices).collect();
        let pairs = pair(&keys, &of_user);
        for (slot, index) in indices.into_iter().flatten().enumerate() {
            match pairs.iter().find(|(paired, _)| *paired == slot) {
                Some((_, key)) => named.push((*index, *key)),
                None => gone.push(*index),
            }
        }
        let Some(arn) = arns.get(user) else { continue };
        let alone = keys.iter().filter(|key| !pairs.iter().any(|(_, paired)| paired == *key));
        new.extend(alone.filter_map(|key| key_record(answers, arn, key)));
    }
    for (index, key) in named {
        if let Some(Record::Credential(record)) = out.get_mut(index) {
            record.key_id = text(key, "AccessKeyId").map(str::to_owned);
            record.created_at = at(key, "CreateDate").or(record.created_at);
            record.status = status(key);
        }
    }
    gone.sort_unstable();
    for index in gone.into_iter().rev() {
        out.remove(index);
    }
    out.extend(new.into_iter().map(Record::from));
    others(answers, &arns, out);
}

/// Users' ARNs by their names, which are unique in an account.
fn arns(out: &[Record]) -> BTreeMap<String, String> {
    let user = |record: &Record| match record {
        Record::Identity(i) if is_user(i) => {
            Some((i.name.clone()?, i.aliases.first()?.strip_prefix("aws:")?.to_owned()))
        }
        _ => None,
    };
    out.iter().filter_map(user).collect()
}

fn key_record(answers: &Answers, arn: &str, key: &Value) -> Option<Credential> {
    let id = text(key, "AccessKeyId")?;
    let asked = answers.of("iam:GetAccessKeyLastUsed").find(|answer| answer.about == id);
    let used = asked.map(|answer| &answer.body["AccessKeyLastUsed"]);
    let last_used = used.map_or(When::Unknown, |used| at_or_never(used, "LastUsedDate"));
    let made = at(key, "CreateDate");
    let fact = |name: &str| json!(used.and_then(|used| text(used, name)));
    Some(Credential {
        created_at: made,
        rotated_at: made.map_or(When::Unknown, When::At),
        last_used,
        attrs: known([("region", fact("Region")), ("service", fact("ServiceName"))]),
        ..credential(answers, LIST, arn, (id, "aws-access-key"), key)
    })
}

/// What the credentials of a user have in common.
fn credential(
    answers: &Answers,
    operation: &str,
    arn: &str,
    (id, kind): (&str, &str),
    item: &Value,
) -> Credential {
    let read = answers.of(operation).last().map(|answer| answer.at);
    Credential {
        id: format!("credential:aws:{arn}#{id}"),
        src: answers.src(operation),
        as_of: read.unwrap_or_default(),
        subject: format!("aws:{arn}"),
        kind: kind.to_owned(),
        status: status(item),
        key_id: Some(id.to_owned()),
        expires_at: When::Never,
        location: Some(Location::logical(arn)),
        ..Credential::default()
    }
}

/// Service-specific credentials (CodeCommit, Keyspaces, Bedrock keys), SSH keys, signing
/// certificates and MFA devices.
fn others(answers: &Answers, arns: &BTreeMap<String, String>, out: &mut Vec<Record>) {
    let arn = |answer: &Answer, item: &Value| {
        arns.get(text(item, "UserName").unwrap_or(&answer.about)).cloned()
    };
    let list = "iam:ListServiceSpecificCredentials";
    for (answer, item) in answers.items(list, "ServiceSpecificCredentials") {
        let (Some(arn), Some(id)) = (arn(answer, item), text(item, "ServiceSpecificCredentialId"))
        else {
            continue;
        };
        out.push(
            Credential {
                created_at: at(item, "CreateDate"),
                rotated_at: at(item, "CreateDate").map_or(When::Unknown, When::At),
                expires_at: at_or_never(item, "ExpirationDate"),
                attrs: known([("service", json!(text(item, "ServiceName")))]),
                ..credential(answers, list, &arn, (id, "aws-service-credential"), item)
            }
            .into(),
        );
    }
    for (list, key, id, kind) in [
        ("iam:ListSSHPublicKeys", "SSHPublicKeys", "SSHPublicKeyId", "aws-ssh-key"),
        ("iam:ListSigningCertificates", "Certificates", "CertificateId", "aws-signing-certificate"),
    ] {
        for (answer, item) in answers.items(list, key) {
            let (Some(arn), Some(id)) = (arn(answer, item), text(item, id)) else { continue };
            let made = at(item, "UploadDate");
            out.push(
                Credential {
                    created_at: made,
                    rotated_at: made.map_or(When::Unknown, When::At),
                    ..credential(answers, list, &arn, (id, kind), item)
                }
                .into(),
            );
        }
    }
    let list = "iam:ListVirtualMFADevices";
    for (_, item) in answers.items(list, "VirtualMFADevices") {
        let user = item.get("User").and_then(|user| text(user, "Arn"));
        let (Some(arn), Some(id)) = (user, text(item, "SerialNumber")) else { continue };
        out.push(
            Credential {
                status: Status::Active,
                created_at: at(item, "EnableDate"),
                ..credential(answers, list, arn, (id, "aws-mfa-device"), item)
            }
            .into(),
        );
    }
}
