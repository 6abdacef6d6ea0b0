use super::{super::Document, accepts, read};
use crate::{
    evidence::{LineIndex, Record, Src},
    policy::vault::FIRST_LINE,
};

fn records(text: &str) -> Vec<Record> {
    let src = Src::of("git", "example/repository");
    let as_of = jiff::Timestamp::UNIX_EPOCH;
    let document =
        Document { path: "vault.tf", bytes: text.as_bytes(), src: &src, repository: None, as_of };
    let mut out = Vec::new();
    assert!(accepts(&document));
    read(&document, &mut out);
    out
}

fn policies(text: &str) -> Vec<(String, String, u64)> {
    let policy = |record: Record| match record {
        Record::Policy(p) => (p.subject, p.document, p.attrs[FIRST_LINE].as_u64().unwrap()),
        other => panic!("{other:?}"),
    };
    records(text).into_iter().map(policy).collect()
}

#[test]
fn a_heredoc_keeps_its_lines_and_shows_its_interpolations() {
    let found = policies(
        "resource \"vault_policy\" \"a\" {\n  name   = \"app-${var.env}\"\n  policy = <<-EOT\n    path \"secret/data/${var.app}/*\" {\n      capabilities = [\"read\"]\n    }\n  EOT\n}\n",
    );
    let [(subject, text, line)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((subject.as_str(), *line), ("vault-policy:app-<var.env>", 4));
    assert!(text.contains("path \"secret/data/<var.app>/*\" {"), "{text}");
}

#[test]
fn a_policy_document_becomes_rules_on_their_lines() {
    let found = policies(
        "data \"vault_policy_document\" \"d\" {\n  rule {\n    path         = \"a/*\"\n    capabilities = [\"read\", \"list\"]\n  }\n  rule {\n    path         = \"b\"\n    capabilities = [\"update\"]\n    denied_parameter {\n      key   = \"p\"\n      value = [\"x\"]\n    }\n  }\n}\nresource \"vault_policy\" \"r\" {\n  name   = \"built\"\n  policy = data.vault_policy_document.d.hcl\n}\n",
    );
    let [(subject, text, line)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((subject.as_str(), *line), ("vault-policy:built", 1));
    let rules =
        crate::policy::vault::VaultPolicy::parse(text, jiff::Timestamp::UNIX_EPOCH).unwrap().rules;
    assert_eq!(rules.len(), 2);
    assert!(rules[1].denied_parameters.is_some());
    assert_eq!(LineIndex::new(text.as_bytes()).position(rules[1].span.start).0, 6);
}

#[test]
fn encoded_policies_are_read_and_computed_ones_are_said() {
    let found = policies(
        "resource \"vault_policy\" \"j\" {\n  name   = \"j\"\n  policy = jsonencode({ path = { \"a/*\" = { capabilities = [\"read\"] } } })\n}\n",
    );
    assert_eq!(found[0].1, r#"{"path":{"a/*":{"capabilities":["read"]}}}"#);
    let computed = records(
        "resource \"vault_policy\" \"c\" {\n  name   = \"c\"\n  policy = templatefile(\"p.tpl\", {})\n}\n",
    );
    let [Record::Coverage(gap)] = computed.as_slice() else { panic!("{computed:?}") };
    assert_eq!((gap.line, gap.complete), (Some(1), false));
    let from_file = records(
        "resource \"vault_policy\" \"f\" {\n  name   = \"f\"\n  policy = file(\"policies/f.hcl\")\n}\n",
    );
    assert!(from_file.is_empty(), "{from_file:?}");
}

#[test]
fn broken_terraform_is_said_with_its_line() {
    let broken = records("resource \"vault_policy\" \"x\" {\n  name = \n}\n");
    let [Record::Coverage(gap)] = broken.as_slice() else { panic!("{broken:?}") };
    assert_eq!(gap.line, Some(2));
}

fn resource(text: &str, kind: &str) -> crate::evidence::Resource {
    let found = records(text).into_iter().find_map(|record| match record {
        Record::Resource(found) if found.kind == kind => Some(found),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no {kind}"))
}

fn trust(text: &str) -> Option<crate::evidence::Trust> {
    records(text).into_iter().find_map(|record| match record {
        Record::Trust(trust) => Some(trust),
        _ => None,
    })
}

const JWT: &str = r#"
variable "org" { default = "acme" }
locals { mount = "github" }
resource "vault_jwt_auth_backend" "gh" {
  path               = local.mount
  oidc_discovery_url = "https://token.actions.githubusercontent.com"
}
resource "vault_jwt_auth_backend_role" "deploy" {
  backend         = vault_jwt_auth_backend.gh.path
  role_name       = "deploy"
  role_type       = "jwt"
  user_claim      = "sub"
  bound_audiences = ["https://vault"]
  bound_claims_type = "glob"
  bound_claims = {
    repository = "${join("/", [var.org, "*"])},${var.org}/b"
  }
  token_ttl      = 900
  token_policies = [vault_policy.ci.name, "default"]
}
resource "vault_policy" "ci" {
  name   = "ci-admin"
  policy = local.text
}
"#;

#[test]
fn a_role_is_what_the_server_would_say_of_it() {
    let trust = trust(JWT).unwrap();
    assert_eq!(trust.target, "vault-role:auth/github/deploy");
    assert_eq!(trust.mechanism, "jwt");
    assert_eq!(trust.conditions[0].patterns, ["acme/*", "acme/b"]);
    assert_eq!(trust.attrs["token_policies"], serde_json::json!(["ci-admin", "default"]));
    assert_eq!(trust.location.unwrap().region.unwrap().start_line, 8);
    assert_eq!(trust.attrs["terraform"], "vault_jwt_auth_backend_role.deploy");
    assert_eq!(trust.attrs.get("effective_max_ttl"), None, "the mount decides");
    assert_eq!(trust.attrs["effective_ttl"], 900);
}

#[test]
fn what_only_terraform_knows_is_not_judged() {
    let text = r#"
resource "vault_jwt_auth_backend_role" "deploy" {
  role_name    = "deploy"
  bound_claims = var.claims
  token_ttl    = var.ttl
}
"#;
    assert!(trust(text).is_none());
    let gap = records(text).into_iter().find_map(|record| match record {
        Record::Coverage(gap) => Some(gap),
        _ => None,
    });
    let gap = gap.unwrap();
    assert!(gap.by_design && gap.line == Some(2), "{gap:?}");
    assert!(gap.why.unwrap().contains("bound_claims is computed"));
}

#[test]
fn a_secret_argument_is_not_kept() {
    let word = ["hunter", "two", "9"].concat();
    let text = format!(
        r#"
resource "vault_database_secret_backend_connection" "pg" {{
  backend       = "db"
  name          = "main"
  allowed_roles = ["*"]
  postgresql {{
    connection_url = "postgresql://root:{word}@db:5432/app"
    password       = "{word}"
  }}
}}
resource "vault_database_secrets_mount" "m" {{
  path = "databases"
  mysql {{
    name     = "shop"
    username = "root"
    password = "{word}"
  }}
}}
resource "vault_approle_auth_backend_role_secret_id" "s" {{
  role_name = "ci"
  secret_id = "{word}"
  metadata  = jsonencode({{ owner = "alice" }})
}}
"#
    );
    let found = records(&text);
    let written = serde_json::to_string(&found).unwrap();
    assert!(!written.contains(&word), "{written}");
    let connection = resource(&text, "vault-database-connection");
    assert_eq!(connection.subject, "vault:db/config/main");
    assert_eq!(connection.attrs["password_literal"], true);
    assert!(written.contains("vault:databases/config/shop"), "{written}");
    assert!(written.contains("approle-secret-id") && written.contains("alice"));
}

#[test]
fn lengths_and_defaults_are_those_of_the_server() {
    let text = r#"
resource "vault_token" "ci" {
  policies  = ["deploy"]
  period    = "24h"
  no_parent = true
}
resource "vault_approle_auth_backend_role" "ci" {
  role_name = "ci"
  count     = 1
}
resource "vault_approle_auth_backend_role" "gone" {
  role_name = "gone"
  count     = 0
}
"#;
    let found = records(text);
    let token = found.iter().find_map(|record| match record {
        Record::Credential(token) => Some(token),
        _ => None,
    });
    let token = token.unwrap();
    assert_eq!((&token.attrs["period"], &token.attrs["orphan"]), (&86_400.into(), &true.into()));
    let role = trust(text).unwrap();
    assert_eq!(
        (&role.attrs["secret_id_ttl"], &role.attrs["bind_secret_id"]),
        (&0.into(), &true.into())
    );
    assert!(!serde_json::to_string(&found).unwrap().contains("gone"));
}

#[test]
fn names_that_name_each_other_end() {
    let mut text = String::from("locals {\n  a0 = \"x\"\n");
    for i in 1..60 {
        let before = format!("local.a{}", i - 1);
        text.push_str(&format!("  a{i} = [{}]\n", vec![before; 10].join(", ")));
    }
    text.push_str("  loop = local.loop\n}\nresource \"vault_token\" \"t\" {\n");
    text.push_str("  policies = local.a59\n  display_name = local.loop\n}\n");
    assert!(!records(&text).is_empty());
}

const ATTACHED: &str = r#"
resource "vault_identity_group" "ops" {
  name              = "ops"
  policies          = ["read"]
  member_entity_ids = [vault_identity_entity.bot.id]
}
resource "vault_identity_entity" "bot" { name = "bot" }
resource "vault_identity_group_policies" "more" {
  group_id = vault_identity_group.ops.id
  policies = ["admin"]
}
resource "vault_identity_entity_policies" "bot" {
  entity_id = vault_identity_entity.bot.id
  policies  = ["deploy"]
}
resource "vault_identity_group_policies" "elsewhere" {
  group_id = var.group
  policies = ["admin"]
}
"#;

#[test]
fn policies_that_another_resource_gives_are_the_holders() {
    let all = records(ATTACHED);
    let policies = |name: &str| {
        let identity = all.iter().find_map(|record| match record {
            Record::Identity(identity) if identity.name.as_deref() == Some(name) => Some(identity),
            _ => None,
        });
        identity.unwrap_or_else(|| panic!("no {name}: {all:?}")).attrs["policies"].clone()
    };
    assert_eq!(policies("ops"), serde_json::json!(["read", "admin"]));
    assert_eq!(policies("bot"), serde_json::json!(["deploy"]));
    let gaps: Vec<_> = all
        .iter()
        .filter_map(|record| match record {
            Record::Coverage(gap) => gap.line,
            _ => None,
        })
        .collect();
    assert_eq!(gaps, [16]);
}
