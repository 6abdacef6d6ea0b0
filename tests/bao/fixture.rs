//! Two servers: one where everything that the rules look for went wrong, and its well-kept twin.

use crate::{bao::Bao, postgres::Postgres};
use serde_json::{Value, json};

/// The audit device of a server in development mode: OpenBao takes devices from its configuration.
pub(crate) fn audited(home: &std::path::Path) -> String {
    let file = home.join("audit.log");
    format!(
        "audit \"file\" \"main\" {{\n  options {{\n    file_path = \"{}\"\n  }}\n}}\n",
        file.display()
    )
}

const APP: &str = "path \"secret/data/app/*\" { capabilities = [\"read\"] }";

impl Bao {
    /// A request of the administrator that must succeed.
    pub(crate) fn wrote(&self, path: &str, body: Value) -> Value {
        self.must("POST", path, Some(body), &[])
    }

    pub(crate) fn deleted(&self, path: &str) {
        self.must("DELETE", path, None, &[]);
    }

    fn must(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Value {
        let (status, answer) = self.call(method, path, body, headers);
        assert!(matches!(status, 200 | 204), "{method} {path}: {status} {answer}");
        answer
    }

    /// A token made by hand.
    pub(crate) fn made_token(&self, path: &str, body: Value) -> String {
        secret(&self.wrote(path, body))
    }

    /// A token of a login.
    pub(crate) fn logged_in(&self, path: &str, body: Value) -> String {
        secret(&self.must("POST", path, Some(body), &[("X-Vault-Token", "")]))
    }

    /// Whether a token may read the application's secret.
    pub(crate) fn reads(&self, token: &str) -> bool {
        self.call("GET", "secret/data/app/config", None, &[("X-Vault-Token", token)]).0 == 200
    }

    /// The public half of a key that never leaves the server: what a JWT mount checks tokens with.
    fn public_key(&self) -> String {
        self.wrote(
            "transit/keys/issuer",
            json!({ "type": "rsa-2048", "auto_rotate_period": "720h" }),
        );
        let answer = self.must("GET", "transit/keys/issuer", None, &[]);
        answer["data"]["keys"]["1"]["public_key"].as_str().unwrap().to_owned()
    }

    fn login_methods(&self) {
        for (path, kind) in [
            ("approle", "approle"),
            ("userpass", "userpass"),
            ("github", "jwt"),
            ("kubernetes", "kubernetes"),
        ] {
            self.wrote(&format!("sys/auth/{path}"), json!({ "type": kind }));
        }
        self.wrote("sys/mounts/transit", json!({ "type": "transit" }));
        let key = self.public_key();
        self.wrote(
            "auth/github/config",
            json!({
                "jwt_validation_pubkeys": [key],
                "bound_issuer": "https://token.actions.githubusercontent.com",
            }),
        );
        let pki = json!({ "type": "pki", "config": { "max_lease_ttl": "87600h" } });
        self.wrote("sys/mounts/pki", pki);
        let ca = self.wrote(
            "pki/root/generate/internal",
            json!({ "common_name": "Test CA", "ttl": "8760h" }),
        );
        self.wrote(
            "auth/kubernetes/config",
            json!({
                "kubernetes_host": "https://10.0.0.1:6443", "disable_local_ca_jwt": true,
                "kubernetes_ca_cert": ca["data"]["certificate"],
            }),
        );
        self.wrote("sys/policies/acl/app", json!({ "policy": APP }));
        self.wrote(
            "secret/data/app/config",
            json!({ "data": { "password": "planted-canary-value" } }),
        );
    }

    /// A user whose token is short-lived, and a login of it.
    pub(crate) fn user(&self, name: &str, policies: &str) -> String {
        let body = json!({ "password": "pw", "token_policies": policies, "token_max_ttl": "24h" });
        self.wrote(&format!("auth/userpass/users/{name}"), body);
        self.logged_in(&format!("auth/userpass/login/{name}"), json!({ "password": "pw" }))
    }

    /// An AppRole and a login of it with a new secret id.
    pub(crate) fn approle(&self, name: &str, mut role: Value) -> String {
        let defaults = json!({ "token_policies": "app", "token_max_ttl": "1h" });
        for (key, value) in defaults.as_object().unwrap() {
            role.as_object_mut().unwrap().entry(key.clone()).or_insert_with(|| value.clone());
        }
        let path = format!("auth/approle/role/{name}");
        self.wrote(&path, role);
        let id = self.must("GET", &format!("{path}/role-id"), None, &[]);
        let secret_id = self.wrote(&format!("{path}/secret-id"), json!({}));
        let body = json!({
            "role_id": id["data"]["role_id"],
            "secret_id": secret_id["data"]["secret_id"],
        });
        self.logged_in("auth/approle/login", body)
    }

    fn database(&self, postgres: &Postgres) {
        self.wrote("sys/mounts/database", json!({ "type": "database" }));
        self.wrote(
            "database/config/pg",
            json!({
                "plugin_name": "postgresql-database-plugin", "allowed_roles": ["app", "forever", "slow", "daily"],
                "connection_url": postgres.url(), "username": "postgres", "password": "unused",
            }),
        );
        for account in ["app_static", "app_daily"] {
            postgres.ask("postgres", &format!("CREATE ROLE {account} LOGIN")).unwrap();
        }
    }

    fn role(&self, path: &str, body: Value) {
        self.wrote(path, body);
    }
}

fn secret(answer: &Value) -> String {
    answer["auth"]["client_token"].as_str().unwrap().to_owned()
}

/// Where everything went wrong. `postgres` is left out where there is none.
pub(crate) fn bad(bao: &Bao, postgres: Option<&Postgres>) {
    let halves = [("readers", "role-id", "read"), ("brokers", "secret-id", "update")];
    for (name, half, capability) in halves {
        let policy =
            format!("path \"auth/approle/role/+/{half}\" {{ capabilities = [\"{capability}\"] }}");
        bao.wrote(&format!("sys/policies/acl/{name}"), json!({ "policy": policy }));
    }
    bao.made_token(
        "auth/token/create-orphan",
        json!({ "policies": ["readers", "brokers"], "ttl": "24h", "display_name": "both-halves",
            "meta": { "owner": "payments" } }),
    );
    bao.login_methods();
    bao.made_token(
        "auth/token/create",
        json!({ "policies": ["root"], "display_name": "left-root" }),
    );
    let orphan = "auth/token/create-orphan";
    let app = |name: &str| json!({ "policies": ["app"], "display_name": name });
    bao.made_token(
        orphan,
        json!({ "policies": ["app"], "display_name": "periodic-ci", "period": "768h" }),
    );
    bao.made_token(orphan, app("legacy-job"));
    bao.wrote("sys/mounts/auth/token/tune", json!({ "max_lease_ttl": "87600h" }));
    let meta = json!({ "owner": "payments" });
    bao.made_token(
        orphan,
        json!({ "policies": ["app"], "display_name": "year-job", "ttl": "8760h", "meta": meta }),
    );
    bao.wrote("sys/policies/acl/temporary", json!({ "policy": APP }));
    bao.made_token(
        orphan,
        json!({ "policies": ["temporary"], "display_name": "dangling", "ttl": "24h", "meta": meta }),
    );
    bao.deleted("sys/policies/acl/temporary");
    logins(bao);
    engines(bao);
    if let Some(postgres) = postgres {
        databases(bao, postgres);
    }
    bao.wrote("sys/namespaces/team-a", json!({}));
    bao.wrote("team-a/sys/auth/approle", json!({ "type": "approle" }));
    bao.wrote("team-a/sys/policies/acl/app", json!({ "policy": APP }));
    bao.role(
        "team-a/auth/approle/role/nested",
        json!({ "token_policies": "app", "token_max_ttl": "1h", "secret_id_num_uses": 1 }),
    );
}

fn logins(bao: &Bao) {
    bao.user("alice", "app");
    bao.deleted("auth/userpass/users/alice");
    bao.approle("old", json!({ "secret_id_ttl": "24h", "secret_id_num_uses": 2 }));
    bao.deleted("auth/approle/role/old");
    bao.approle("ci", json!({ "token_max_ttl": 0 }));
    bao.approle("batch", json!({ "secret_id_num_uses": 2 }));
    bao.wrote("auth/approle/role/batch", json!({ "secret_id_ttl": "1h" }));
    bao.role(
        "auth/approle/role/open",
        json!({
            "bind_secret_id": false, "token_bound_cidrs": "0.0.0.0/0", "token_policies": "app",
            "token_max_ttl": "1h",
        }),
    );
    let role = |extra: Value| {
        let mut role = json!({
            "role_type": "jwt", "user_claim": "sub", "token_policies": "app", "token_max_ttl": "1h",
            "bound_audiences": ["vault"],
        });
        role.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        role
    };
    bao.role("auth/github/role/anybody", role(json!({})));
    let wide = json!({ "bound_claims_type": "glob", "bound_claims": { "sub": "repo:acme/*:*" } });
    bao.role("auth/github/role/organisation", role(wide));
    bao.role(
        "auth/kubernetes/role/any",
        json!({
            "bound_service_account_names": ["*"], "bound_service_account_namespaces": ["default"],
            "token_policies": "app", "token_max_ttl": "1h",
        }),
    );
}

fn engines(bao: &Bao) {
    bao.wrote("sys/mounts/old", json!({ "type": "kv", "options": { "version": "1" } }));
    bao.wrote("old/ftp", json!({ "password": "planted-canary-value" }));
    bao.wrote(
        "secret/data/app/postgres",
        json!({ "data": { "password": "planted-canary-value" } }),
    );
    bao.role(
        "pki/roles/anything",
        json!({ "allow_any_name": true, "max_ttl": "87600h", "no_store": true }),
    );
    bao.wrote("sys/mounts/ssh", json!({ "type": "ssh" }));
    bao.role(
        "ssh/roles/any-user",
        json!({
            "key_type": "ca", "allow_user_certificates": true, "allowed_users": "*",
            "default_user": "root",
        }),
    );
    bao.wrote("transit/keys/leaky", json!({ "exportable": true, "allow_plaintext_backup": true }));
}

fn databases(bao: &Bao, postgres: &Postgres) {
    bao.database(postgres);
    let sql = "CREATE ROLE \"{{name}}\" WITH SUPERUSER LOGIN PASSWORD '{{password}}';";
    bao.role("database/roles/forever", json!({ "db_name": "pg", "creation_statements": [sql] }));
    bao.role(
        "database/static-roles/slow",
        json!({ "db_name": "pg", "username": "app_static", "rotation_period": "8760h" }),
    );
    let url = postgres
        .url()
        .replace("{{username}}", "postgres")
        .replace("{{password}}", "planted-canary-value");
    bao.wrote(
        "database/config/by-hand",
        json!({
            "plugin_name": "postgresql-database-plugin", "allowed_roles": [], "connection_url": url,
            "verify_connection": false,
        }),
    );
}

/// The twin: the same things, as they should be.
pub(crate) fn well_kept(bao: &Bao, postgres: Option<&Postgres>) {
    bao.login_methods();
    bao.made_token(
        "auth/token/create-orphan",
        json!({
            "policies": ["app"], "display_name": "appliance", "period": "24h",
            "explicit_max_ttl": "720h", "meta": { "owner": "payments", "ticket": "CHG-7" },
        }),
    );
    bao.user("alice", "app");
    bao.approle("ci", json!({ "secret_id_ttl": "24h", "secret_id_num_uses": 2 }));
    bao.approle("api", json!({ "secret_id_ttl": "24h", "token_bound_cidrs": "127.0.0.0/8" }));
    bao.role(
        "auth/github/role/deploy",
        json!({
            "role_type": "jwt", "user_claim": "sub", "token_policies": "app", "token_max_ttl": "1h",
            "bound_audiences": ["vault"], "bound_claims_type": "string",
            "bound_claims": { "sub": "repo:acme/shop:environment:production" },
        }),
    );
    bao.role(
        "auth/kubernetes/role/app",
        json!({
            "bound_service_account_names": ["app"], "bound_service_account_namespaces": ["shop"],
            "audience": "vault", "token_policies": "app", "token_max_ttl": "1h",
        }),
    );
    bao.role(
        "pki/roles/web",
        json!({ "allowed_domains": ["shop.example.com"], "allow_subdomains": true, "max_ttl": "720h" }),
    );
    bao.wrote("sys/mounts/ssh", json!({ "type": "ssh" }));
    bao.role(
        "ssh/roles/deploy",
        json!({
            "key_type": "ca", "allow_user_certificates": true, "allowed_users": "deploy",
            "default_user": "deploy", "ttl": "15m", "max_ttl": "1h",
        }),
    );
    bao.wrote("transit/keys/app", json!({ "auto_rotate_period": "720h" }));
    if let Some(postgres) = postgres {
        bao.database(postgres);
        let sql =
            "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';";
        bao.role(
            "database/roles/app",
            json!({ "db_name": "pg", "creation_statements": [sql], "default_ttl": "1h", "max_ttl": "24h" }),
        );
        bao.role(
            "database/static-roles/daily",
            json!({ "db_name": "pg", "username": "app_daily", "rotation_period": "24h" }),
        );
    }
    bao.wrote("sys/namespaces/team-a", json!({}));
    bao.wrote("team-a/sys/auth/userpass", json!({ "type": "userpass" }));
}
