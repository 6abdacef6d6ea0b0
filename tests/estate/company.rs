//! The company: its servers, its repository, its exports and the one file that names them all. Every
//! secret is made when the test runs.

use crate::{
    bao::{Bao, ROOT},
    moto::Moto,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

pub(crate) const NOW: &str = "2026-11-22T00:00:00Z";
const ANN: &str = "3c1cc716-8147-4397-a5ba-b2105951cc0b";
const APP: &str = "2b1cc716-8147-4397-a5ba-b2105951cc0b";

pub(crate) struct Company {
    moto: Moto,
    bao: Bao,
    folder: tempfile::TempDir,
    secrets: Vec<String>,
}

pub(crate) struct Told {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Told {
    pub(crate) fn findings(&self) -> Vec<Value> {
        assert!(!self.stdout.is_empty(), "{}", self.stderr);
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Company {
    pub(crate) fn found(name: &str) -> Option<Company> {
        if !runs("git", &["--version"]) || !runs("ssh-keygen", &["-?"]) {
            eprintln!("SKIPPED {name}: no git or ssh-keygen");
            return None;
        }
        let bao = Bao::start(name)?;
        let moto = Moto::start(name, "estate/moto_seed.py", &[])?;
        let folder = tempfile::tempdir().unwrap();
        let mut company = Company { moto, bao, folder, secrets: Vec::new() };
        let approle = company.vault();
        company.repository(&approle);
        company.exports();
        company.write(
            "overstay.toml",
            "sources = [\"git=repo\", \"ledger=exports\", \"aws\", \"vault\"]\n",
        );
        Some(company)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// One command, with the credentials of the scanner and the file that names the sources.
    pub(crate) fn overstay(&self, arguments: &[&str]) -> Told {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_overstay"))
            .env_clear()
            .env("CI", "1")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("OVERSTAY_CONFIG", self.path("overstay.toml"))
            .env("VAULT_ADDR", format!("http://{}", self.bao.address))
            .env("VAULT_TOKEN", ROOT)
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.moto.port))
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "planted-scanner-secret")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_MAX_ATTEMPTS", "1")
            .args(arguments)
            .args(["--now", NOW])
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        Told {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn assert_no_secret_in(&self, told: &Told) {
        for secret in &self.secrets {
            assert!(!told.stdout.contains(secret.as_str()), "a secret is in the report");
            assert!(!told.stderr.contains(secret.as_str()), "a secret is in the log");
        }
    }

    /// An AppRole that logged in once, and a JWT role for the workflow; role id and secret id.
    fn vault(&self) -> (String, String) {
        let wrote = |path: &str, body: Value| {
            let (status, answer) = self.bao.call("POST", path, Some(body), &[]);
            assert!(matches!(status, 200 | 204), "{path}: {status} {answer}");
            answer
        };
        wrote("sys/auth/approle", json!({ "type": "approle" }));
        let policy = "path \"sys/policies/acl/*\" { capabilities = [\"create\", \"update\"] }";
        wrote("sys/policies/acl/pay-admin", json!({ "policy": policy }));
        wrote("auth/approle/role/pay", json!({ "token_policies": ["pay-admin"] }));
        let (_, answer) = self.bao.call("GET", "auth/approle/role/pay/role-id", None, &[]);
        let role = answer["data"]["role_id"].as_str().unwrap().to_owned();
        let answer = wrote("auth/approle/role/pay/secret-id", json!({}));
        let secret = answer["data"]["secret_id"].as_str().unwrap().to_owned();
        wrote("auth/approle/login", json!({ "role_id": role, "secret_id": secret }));
        wrote("sys/auth/jwt", json!({ "type": "jwt" }));
        let issuer = "https://token.actions.githubusercontent.com";
        let key = public_key(self.folder.path());
        wrote(
            "auth/jwt/config",
            json!({ "bound_issuer": issuer, "jwt_validation_pubkeys": [key] }),
        );
        wrote(
            "auth/jwt/role/ship",
            json!({ "role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"], "bound_claims_type": "glob",
                    "bound_claims": { "sub": "repo:acme/shop:*" }, "token_policies": ["pay-admin"], "token_max_ttl": "10m" }),
        );
        (role, secret)
    }

    fn repository(&mut self, (role, secret_id): &(String, String)) {
        let git = |arguments: &[&str]| {
            let done = Command::new("git")
                .args(arguments)
                .current_dir(self.path("repo"))
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        let [id, secret] = ["key_id", "secret"].map(|name| self.moto.fact(name).to_owned());
        self.write(
            "repo/deploy/env.sh",
            &format!("export AWS_ACCESS_KEY_ID={id}\nexport AWS_SECRET_ACCESS_KEY={secret}\n"),
        );
        self.write(
            "repo/deploy/vault.env",
            &format!("VAULT_ROLE_ID={role}\nVAULT_SECRET_ID={secret_id}\n"),
        );
        let entra = ["BD7", "8Q~", &random(34)].concat();
        self.write(
            "repo/deploy/azure.env",
            &format!("AZURE_CLIENT_ID={APP}\nAZURE_CLIENT_SECRET={entra}\n"),
        );
        let token = github_token();
        self.write("repo/deploy/token.txt", &format!("{token}\n"));
        self.write("repo/.github/workflows/ship.yml", WORKFLOW);
        self.write("repo/.github/workflows/lint.yml", LINT);
        self.write("repo/CODEOWNERS", "* @acme/shop\n");
        self.write("repo/overstay-identities.toml", REGISTER);
        let key = self.path("repo/deploy/id_ed25519");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "ci", "-f"])
            .arg(&key)
            .output();
        assert!(made.unwrap().status.success());
        let public = fs::read_to_string(self.path("repo/deploy/id_ed25519.pub")).unwrap();
        fs::remove_file(self.path("repo/deploy/id_ed25519.pub")).unwrap();
        let listed = json!([{ "id": 7, "key": public.trim(), "url": "https://api.github.com/repos/acme/shop/keys/7", "title": "ci", "verified": true,
            "created_at": "2026-01-01T00:00:00Z", "read_only": false, "added_by": "dev1", "last_used": "2026-11-20T10:00:00Z", "enabled": true }]);
        self.write("exports/deploy-keys.json", &listed.to_string());
        let used = json!([{ "@timestamp": 1_795_046_400_000_i64, "action": "git.clone", "actor": "dev1", "org": "acme", "repo": "acme/shop",
            "programmatic_access_type": "Personal access token (classic)", "token_id": 5, "hashed_token": hashed(&token) }]);
        self.write("exports/audit-log.json", &used.to_string());
        git(&["init", "-q", "-b", "main"]);
        git(&["remote", "add", "origin", "https://github.com/acme/shop.git"]);
        git(&["add", "-A"]);
        git(&[
            "-c",
            "user.name=dev1",
            "-c",
            "user.email=dev1@example.com",
            "commit",
            "-q",
            "-m",
            "ship",
        ]);
        self.secrets.extend([secret, secret_id.clone(), role.clone(), entra, token]);
    }

    fn exports(&self) {
        let on_server = |text: &str| text.replace("SERVER", &self.bao.address);
        self.write("exports/requests.csv", &on_server(REQUESTS));
        self.write("exports/desk.toml", DESK);
        self.write("exports/elevations.csv", &on_server(ELEVATIONS));
        self.write("exports/pam.toml", PAM);
        self.write("exports/overstay-ledgers.toml", LEDGERS);
        let users = json!({ "value": [{ "id": ANN, "userPrincipalName": "ann@example.com", "mail": "ann@example.com", "displayName": "Ann",
            "accountEnabled": false, "userType": "Member", "employeeLeaveDateTime": "2026-10-01T00:00:00Z" }] });
        self.write("exports/entra-users.json", &users.to_string());
        let applications = json!({ "value": [{ "id": "1a1cc716-8147-4397-a5ba-b2105951cc0b", "appId": APP, "displayName": "shop",
            "createdDateTime": "2026-01-01T00:00:00Z", "owners": [{ "id": ANN }], "keyCredentials": [],
            "passwordCredentials": [{ "keyId": "k1", "hint": "BD7", "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2027-01-01T00:00:00Z" }] }] });
        self.write("exports/entra-applications.json", &applications.to_string());
    }
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok()
}

/// A public key for the JWT mount, whose private half is thrown away.
fn public_key(folder: &std::path::Path) -> String {
    let private = folder.join("issuer.pem");
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
        .arg(&private)
        .output()
        .unwrap();
    assert!(made.status.success(), "openssl makes a key");
    let public =
        Command::new("openssl").args(["pkey", "-pubout", "-in"]).arg(&private).output().unwrap();
    fs::remove_file(private).unwrap();
    String::from_utf8(public.stdout).unwrap()
}

/// Random letters and digits.
fn random(length: usize) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut bytes = vec![0_u8; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

/// A token of GitHub's form with the right checksum.
fn github_token() -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = random(30);
    let mut sum = !body.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    });
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(sum % 62).unwrap()];
        sum /= 62;
    }
    format!("ghp_{body}{}", String::from_utf8_lossy(&digits))
}

/// How GitHub's audit log names a token.
fn hashed(token: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use sha2::{Digest as _, Sha256};
    STANDARD.encode(Sha256::digest(token.as_bytes()))
}

const WORKFLOW: &str = "name: ship\non:\n  push:\n    branches: [main]\npermissions:\n  id-token: write\n  contents: read\njobs:\n  ship:\n    runs-on: ubuntu-latest\n    environment: production\n    steps:\n      - uses: aws-actions/configure-aws-credentials@0123456789abcdef0123456789abcdef01234567\n        with:\n          role-to-assume: arn:aws:iam::123456789012:role/ship\n          aws-region: eu-west-1\n      - uses: hashicorp/vault-action@0123456789abcdef0123456789abcdef01234567\n        with:\n          url: https://vault.example.com\n          method: jwt\n          role: ship\n          secrets: secret/data/shop password | PASSWORD\n";

const LINT: &str = "name: lint\non: [pull_request]\npermissions:\n  id-token: write\njobs:\n  lint:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make lint\n";

const REGISTER: &str = "[[identity]]\nid = \"pay\"\naliases = [\"vault-role:auth/approle/pay\", \"desk:svc-pay\"]\ntype = \"service\"\nowner = \"email:bo@example.com\"\npurpose = \"settlement\"\ndecided = 2026-05-01\nby = \"email:bo@example.com\"\n";

const REQUESTS: &str = "Number,Account,System,Target,Role,Rank,State,Requester,Approver,Decided,Until,Ticket,Reason\n\
    R1,aws:arn:aws:iam::123456789012:user/pay-deploy,aws,123456789012,AdministratorAccess,root,Approved,bo,cy,2026-01-02,2026-06-30,CHG-1,deploy\n\
    R2,desk:svc-pay,vault,SERVER,pay-admin,admin,Approved,bo,cy,2026-01-02,2027-06-30,CHG-2,settlement\n";

const DESK: &str = r#"
title = "Requests of the desk"
system = "desk"
[[record]]
kind = "entitlement"
id = "{Number}"
[record.fields]
subject = "{Account}"
requested_by = "desk:{Requester}"
"grant.system" = "{System}"
"grant.resource" = "{Target}"
"grant.privilege" = "{Role}"
"grant.rank" = "{Rank}"
state = { from = "{State}", map = [["Approved", "approved"]] }
not_before = "{Decided}"
not_after = "{Until}"
ticket = "{Ticket}"
justification = "{Reason}"
approvals = { fields = { by = "desk:{Approver}", at = "{Decided}", decision = { from = "{State}", map = [["Approved", "approve"]] } } }
"#;

const ELEVATIONS: &str = "Id,Account,Target,Role,Request,Start,End\n\
    E1,desk:svc-pay,SERVER,pay-admin,R2,2026-11-01T08:00:00Z,2028-01-01T00:00:00Z\n";

const PAM: &str = r#"
title = "Elevations of the vault"
system = "pam"
[[record]]
kind = "issuance"
id = "{Id}"
[record.fields]
subject = "{Account}"
entitlement_ref = "entitlement:desk:{Request}"
"grant.system" = "vault"
"grant.resource" = "{Target}"
"grant.privilege" = "{Role}"
"grant.rank" = "admin"
issued_at = "{Start}"
expires_at = "{End}"
"#;

const LEDGERS: &str = r#"
[[export]]
files = "requests.csv"
mapping = "desk.toml"
from = 2025-01-01
exported_at = 2026-11-21T12:00:00Z
complete = true

[[export]]
files = "elevations.csv"
mapping = "pam.toml"
from = 2025-01-01
exported_at = 2026-11-21T12:00:00Z
complete = true

[[export]]
files = "*.json"
from = 2025-01-01
exported_at = 2026-11-21T12:00:00Z
complete = true
"#;
