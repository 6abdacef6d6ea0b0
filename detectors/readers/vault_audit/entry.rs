//! The shape of one line. Only what is read is named here: the bodies of requests and answers, which
//! hold secret values when the device was made with `log_raw`, are skipped by the parser except for
//! a few numbers and references.
//!
//! Sources: the documentation of audit devices of Vault and OpenBao, and lines that OpenBao 2.7.2
//! wrote.

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// A request or the answer to one.
#[derive(Debug, Deserialize)]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    pub(super) time: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    pub(super) kind: Cow<'a, str>,
    #[serde(default, borrow)]
    pub(super) auth: Option<Auth<'a>>,
    #[serde(borrow)]
    pub(super) request: Request<'a>,
    #[serde(default, borrow)]
    pub(super) response: Option<Response<'a>>,
    #[serde(default, borrow)]
    pub(super) error: Loose<'a>,
}

/// A token: the one that asks, or the one that was handed out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Auth<'a> {
    #[serde(borrow)]
    pub(super) client_token: Loose<'a>,
    #[serde(borrow)]
    pub(super) accessor: Loose<'a>,
    #[serde(borrow)]
    pub(super) display_name: Loose<'a>,
    #[serde(borrow)]
    pub(super) policies: Option<Vec<Loose<'a>>>,
    #[serde(borrow)]
    pub(super) identity_policies: Option<Vec<Loose<'a>>>,
    #[serde(borrow)]
    pub(super) policy_results: Option<PolicyResults<'a>>,
    #[serde(borrow)]
    pub(super) metadata: Option<BTreeMap<Cow<'a, str>, Loose<'a>>>,
    #[serde(borrow)]
    pub(super) entity_id: Loose<'a>,
    #[serde(borrow)]
    pub(super) token_type: Loose<'a>,
    #[serde(borrow)]
    pub(super) token_ttl: Loose<'a>,
}

/// What the policies said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PolicyResults<'a> {
    pub(super) allowed: Option<bool>,
    #[serde(borrow)]
    pub(super) granting_policies: Option<Vec<GrantingPolicy<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GrantingPolicy<'a> {
    #[serde(borrow)]
    pub(super) name: Loose<'a>,
    #[serde(borrow)]
    pub(super) namespace_id: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    pub(super) id: Loose<'a>,
    #[serde(borrow)]
    pub(super) operation: Loose<'a>,
    #[serde(borrow)]
    pub(super) mount_point: Loose<'a>,
    #[serde(borrow)]
    pub(super) mount_type: Loose<'a>,
    #[serde(borrow)]
    pub(super) mount_accessor: Loose<'a>,
    #[serde(borrow)]
    pub(super) client_token: Loose<'a>,
    #[serde(borrow)]
    pub(super) namespace: Option<Namespace<'a>>,
    #[serde(borrow)]
    pub(super) path: Loose<'a>,
    #[serde(borrow)]
    pub(super) data: Option<RequestData<'a>>,
    #[serde(borrow)]
    pub(super) remote_address: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Namespace<'a> {
    #[serde(borrow)]
    pub(super) id: Loose<'a>,
    #[serde(borrow)]
    pub(super) path: Loose<'a>,
}

/// What a request names that it wants to end. Each is a hash unless the device was told otherwise.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RequestData<'a> {
    #[serde(borrow)]
    pub(super) token: Loose<'a>,
    #[serde(borrow)]
    pub(super) accessor: Loose<'a>,
    #[serde(borrow)]
    pub(super) lease_id: Loose<'a>,
    #[serde(borrow)]
    pub(super) secret_id_accessor: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Response<'a> {
    #[serde(borrow)]
    pub(super) auth: Option<Auth<'a>>,
    #[serde(borrow)]
    pub(super) secret: Option<Secret<'a>>,
    #[serde(borrow)]
    pub(super) data: Option<ResponseData<'a>>,
    #[serde(borrow)]
    pub(super) wrap_info: Option<WrapInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Secret<'a> {
    #[serde(borrow)]
    pub(super) lease_id: Loose<'a>,
}

/// Of an answer's body: the reference to a secret id, and numbers, which are never hashed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ResponseData<'a> {
    #[serde(borrow)]
    pub(super) secret_id_accessor: Loose<'a>,
    #[serde(borrow)]
    pub(super) secret_id_ttl: Loose<'a>,
    #[serde(borrow)]
    pub(super) expiration: Loose<'a>,
    #[serde(borrow)]
    pub(super) serial_number: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WrapInfo<'a> {
    #[serde(borrow)]
    pub(super) wrapped_accessor: Loose<'a>,
}

/// A value of any type, of which only text and whole numbers are kept: a field that a plugin fills
/// with something else does not cost the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Loose<'a> {
    #[default]
    Nothing,
    Text(Cow<'a, str>),
    Number(i64),
}

impl Loose<'_> {
    /// The text, if there is one and it is not empty.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Loose::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The whole number.
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Loose::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A reference that may be shown: an accessor or a hash, never what could be a token.
    pub(super) fn reference(&self) -> Option<&str> {
        self.text().filter(|text| !looks_like_token(text))
    }
}

/// True for what Vault and OpenBao hand out as tokens (`hvs.`, `s.`, …). Accessors and hashes have
/// no such prefix.
pub(super) fn looks_like_token(text: &str) -> bool {
    let (head, tail) = text.split_once('.').unwrap_or((text, ""));
    matches!(head, "s" | "b" | "r" | "hvs" | "hvb" | "hvr") && tail.len() >= 8
}

/// True for a value that the device replaced with its keyed hash.
pub(super) fn is_hash(text: &str) -> bool {
    text.starts_with("hmac-")
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Loose::Number(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Loose::Nothing, Loose::Number))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Loose::Nothing)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Loose::Nothing)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose::Nothing)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Nothing)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_another_type_does_not_cost_the_line() {
        let line = r#"{"time":"2026-11-22T00:00:00Z","type":"request","auth":null,
            "request":{"id":"a","path":["x"],"data":{"token":7,"accessor":{"a":[1]}}}}"#;
        let entry: Entry = serde_json::from_str(line).unwrap();
        assert_eq!(entry.request.path, Loose::Nothing);
        assert_eq!(entry.request.data.unwrap().token.number(), Some(7));
        assert!(serde_json::from_str::<Entry>("{\"level\":\"info\"}").is_err());
    }

    #[test]
    fn a_token_is_never_a_reference() {
        let token = format!("{}s.CAESIJ{}", "hv", "0".repeat(30));
        assert_eq!(Loose::Text(token.into()).reference(), None);
        let hash = "hmac-sha256:057aca6b2e9ff011";
        assert_eq!(Loose::Text(hash.into()).reference(), Some(hash));
        let accessor = "jlyvjPMQOo10DeGIyTxsvKeI.a1b2c";
        assert_eq!(Loose::Text(accessor.into()).reference(), Some(accessor));
    }
}
