use super::link;
use crate::{
    evidence::{Estate, Identity, Policy, Record, Src, Thresholds, Trust},
    readers::{Document, read_document},
};

fn read(files: &[(&str, &str)]) -> Vec<Record> {
    let src = Src::of("git", "acme/infra");
    let as_of = "2026-11-22T00:00:00Z".parse().unwrap();
    let mut records = Vec::new();
    for (path, text) in files {
        let bytes = text.as_bytes();
        let document = Document { path, bytes, src: &src, repository: None, as_of };
        read_document(&document, &mut records);
    }
    records
}

fn estate(files: &[(&str, &str)]) -> Estate {
    Estate::build(read(files), "2026-11-22T00:00:00Z".parse().unwrap(), Thresholds::default())
}

fn policy<'e>(estate: &'e Estate, end: &str) -> &'e Policy {
    estate.policies.iter().find(|p| p.subject.ends_with(end)).unwrap_or_else(|| {
        panic!("{end} in {:?}", estate.policies.iter().map(|p| &p.subject).collect::<Vec<_>>())
    })
}

fn identity<'e>(estate: &'e Estate, name: &str) -> &'e Identity {
    estate.identities.iter().find(|i| i.name.as_deref() == Some(name)).unwrap()
}

fn trust(estate: &Estate) -> &Trust {
    &estate.trusts[0]
}

#[test]
fn terraform_files_of_a_folder_are_one_account() {
    let estate = estate(&[
        (
            "iam/roles.tf",
            r#"
resource "aws_iam_role" "ci" {
  name               = "${local.prefix}-ci"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
resource "aws_iam_role_policy_attachment" "ci" {
  role       = aws_iam_role.ci.name
  policy_arn = aws_iam_policy.deploy.arn
}
resource "aws_iam_policy" "deploy" {
  name   = "deploy"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:*"], Resource = ["arn:aws:s3:::${var.bucket}/*", aws_iam_role.ci.arn] }]
  })
}
"#,
        ),
        (
            "iam/data.tf",
            r#"
locals { prefix = "acme" }
variable "bucket" {}
data "aws_caller_identity" "current" {}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}
"#,
        ),
    ]);
    let role = identity(&estate, "acme-ci");
    let place = role.location.as_ref().unwrap();
    assert_eq!(
        (place.path.as_deref(), place.region.unwrap().start_line),
        (Some("iam/roles.tf"), 2)
    );
    let deploy = policy(&estate, ":policy/deploy");
    assert_eq!(deploy.attached_to, [role.aliases[0].clone()]);
    assert!(
        deploy.document.contains("arn:aws:s3:::${unknown:var.bucket}/*"),
        "{}",
        deploy.document
    );
    assert!(deploy.document.contains(":role/acme-ci"), "{}", deploy.document);
    let account = role.attrs["account"].as_str().unwrap();
    assert_eq!(trust(&estate).principals, [format!("aws-account:{account}")]);
    assert!(estate.observed.is_empty() && estate.resources.is_empty());
}

#[test]
fn heredocs_files_and_merged_documents_are_read() {
    let estate = estate(&[
        (
            "main.tf",
            r#"
resource "aws_iam_role_policy" "text" {
  name   = "text"
  role   = "existing"
  policy = <<-EOF
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "${var.arn}"}]}
  EOF
}
resource "aws_iam_role_policy" "file" {
  name   = "file"
  role   = "existing"
  policy = file("${path.module}/policies/read.json")
}
resource "aws_iam_role_policy" "template" {
  name   = "template"
  role   = "existing"
  policy = templatefile("policies/write.json.tpl", { bucket = "logs" })
}
data "aws_iam_policy_document" "base" {
  statement {
    sid       = "A"
    actions   = ["s3:Get*"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "more" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
  statement {
    effect    = "Deny"
    actions   = ["s3:Put*", var.also]
    resources = ["*"]
  }
}
resource "aws_iam_role_policy" "merged" {
  name   = "merged"
  role   = "existing"
  policy = data.aws_iam_policy_document.more.json
}
resource "aws_iam_role_policy" "computed" {
  name   = "computed"
  role   = "existing"
  policy = module.policies.json
}
"#,
        ),
        (
            "policies/read.json",
            r#"{"Statement": {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}}"#,
        ),
        (
            "policies/write.json.tpl",
            r#"{"Statement": [{"Effect": "Allow", "Action": "s3:Put*", "Resource": "arn:aws:s3:::${bucket}/*"}]}"#,
        ),
    ]);
    assert!(policy(&estate, "#inline/text").document.contains("${unknown:var.arn}"));
    assert!(policy(&estate, "#inline/file").document.contains("s3:List*"));
    assert!(policy(&estate, "#inline/template").document.contains("arn:aws:s3:::logs/*"));
    let merged = &policy(&estate, "#inline/merged").document;
    assert!(merged.contains("s3:Get*"), "{merged}");
    // A denial of something unknown may be one of anything.
    assert!(merged.contains(r#""Action":"*""#) && merged.contains("unknown:exists"), "{merged}");
    assert!(!estate.policies.iter().any(|p| p.subject.ends_with("computed")));
    let said = |text: &str| {
        estate.coverage.iter().any(|c| c.why.as_deref().is_some_and(|w| w.contains(text)))
    };
    assert!(said("module.policies.json") && said("var.also") && said("var.arn"));
    // A file that the code reads is judged there, not by itself.
    assert!(!estate.identities.iter().any(|i| i.id.contains("holder")));
}

#[test]
fn cloudformation_is_read_with_its_intrinsics() {
    let template = r#"
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Name: {Type: String, Default: deployer}
  Other: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref Name
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Federated: !Sub "arn:aws:iam::${AWS::AccountId}:oidc-provider/token.actions.githubusercontent.com"}
            Action: sts:AssumeRoleWithWebIdentity
            Condition: {StringLike: {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}
      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"]
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: "s3:*", Resource: !Join ["", ["arn:aws:s3:::", !Ref Other, "/*"]]}
              - !If [Wide, {Effect: Allow, Action: "*", Resource: "*"}, !Ref AWS::NoValue]
  Attached:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: more
      Roles: [!Ref Role]
      PolicyDocument: {Statement: {Effect: Allow, Action: "iam:PassRole", Resource: !GetAtt Role.Arn}}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - AmazonS3ReadOnlyAccess
        - S3ReadPolicy: {BucketName: b}
        - Statement: [{Effect: Allow, Action: "dynamodb:*", Resource: "*"}]
"#;
    let estate = estate(&[("stack.yaml", template)]);
    let role = identity(&estate, "deployer");
    assert_eq!(role.attrs["policies"][0], "arn:aws:iam::aws:policy/AdministratorAccess");
    let issuers: Vec<&str> = estate.trusts.iter().filter_map(|t| t.issuer.as_deref()).collect();
    assert_eq!(issuers, ["token.actions.githubusercontent.com"]);
    let inline = &policy(&estate, "deployer#inline/p").document;
    assert!(
        inline.contains("arn:aws:s3:::${unknown:Other}/*") || inline.contains("unknown:var.Other"),
        "{inline}"
    );
    assert!(inline.contains("unknown:exists"), "{inline}");
    assert!(policy(&estate, "deployer#inline/more").document.contains(":role/deployer"));
    assert_eq!(
        identity(&estate, "FunctionRole").attrs["policies"][0],
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    );
}

#[test]
fn the_serverless_framework_shares_one_role() {
    let estate = estate(&[(
        "api/serverless.yml",
        r#"
service: orders
provider:
  name: aws
  iam:
    role:
      statements:
        - Effect: Allow
          Action: ["dynamodb:*"]
          Resource: "arn:aws:dynamodb:${aws:region}:${aws:accountId}:table/${self:custom.table}"
"#,
    )]);
    let text = &policy(&estate, "#inline/statements").document;
    assert!(text.contains(":table/${unknown:_self_custom.table}"), "{text}");
    assert_eq!(
        identity(&estate, "orders-lambdaRole")
            .location
            .as_ref()
            .unwrap()
            .region
            .unwrap()
            .start_line,
        8
    );
}

#[test]
fn a_policy_file_that_nothing_reads_is_judged_by_itself() {
    let estate = estate(&[
        (
            "policies/ci.json",
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
        ),
        (
            "policies/trust.json",
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}"#,
        ),
    ]);
    let holders: Vec<&Identity> =
        estate.identities.iter().filter(|i| i.id.contains("holder")).collect();
    assert_eq!(holders.len(), 1);
    assert_eq!(holders[0].name.as_deref(), Some("ci"));
}

#[test]
fn names_that_name_each_other_end() {
    let text = r#"
locals {
  a = [local.b, local.b]
  b = [local.a, local.a]
}
resource "aws_iam_role_policy" "x" {
  name   = local.a
  role   = "r"
  policy = jsonencode(local.b)
}
"#;
    assert!(!link(read(&[("main.tf", text)])).is_empty());
}

#[test]
fn a_module_with_one_caller_is_of_the_callers_account() {
    let role = r#"resource "aws_iam_role" "NAME" { name = "NAME" }"#;
    let account = |estate: &Estate, name: &str| identity(estate, name).attrs["account"].clone();
    let a = role.replace("NAME", "a");
    let b = role.replace("NAME", "b");
    let call = format!("module \"m\" {{ source = \"./m\" }}\n{a}");
    let one = estate(&[("main.tf", call.as_str()), ("m/main.tf", b.as_str())]);
    assert_eq!(account(&one, "a"), account(&one, "b"));
    // Whether two callers share an account nobody says.
    let other = "module \"m\" { source = \"../m\" }";
    let two =
        estate(&[("main.tf", call.as_str()), ("m/main.tf", b.as_str()), ("dev/main.tf", other)]);
    assert_ne!(account(&two, "a"), account(&two, "b"));
    let same = estate(&[("main.tf", call.as_str()), ("m/main.tf", a.as_str())]);
    assert_eq!(same.identities.len(), 2);
}

#[test]
fn a_module_knows_its_arguments_and_its_caller_what_it_gives_back() {
    let root = r#"
locals { prefix = "acme" }
module "role" {
  source   = "./role"
  name     = "${local.prefix}-ci"
  policies = { deploy = aws_iam_policy.deploy.arn, read = "arn:aws:iam::aws:policy/ReadOnlyAccess" }
}
resource "aws_iam_policy" "deploy" {
  name   = "deploy"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = module.role.arn }] })
}
"#;
    let module = r#"
variable "name" { default = "nobody" }
variable "policies" { type = map(string) }
resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy_attachment" "this" {
  for_each   = var.policies
  role       = aws_iam_role.this.name
  policy_arn = each.value
}
output "arn" { value = aws_iam_role.this.arn }
"#;
    let one = estate(&[("main.tf", root), ("role/main.tf", module)]);
    let role = identity(&one, "acme-ci");
    let held = role.attrs["policies"].as_array().unwrap();
    assert_eq!(held.len(), 2, "{held:?}");
    assert!(held.iter().any(|arn| arn == "arn:aws:iam::aws:policy/ReadOnlyAccess"));
    let deploy = policy(&one, ":policy/deploy");
    assert!(deploy.document.contains(":role/acme-ci"), "{}", deploy.document);
    assert!(held.iter().any(|arn| deploy.subject == format!("aws:{}", arn.as_str().unwrap())));

    // Of two calls nobody says which one a role is made by: its default is as good as nothing.
    let twice = format!("{root}\nmodule \"again\" {{ source = \"./role\" }}");
    let two = estate(&[("main.tf", twice.as_str()), ("role/main.tf", module)]);
    assert!(two.identities.iter().all(|i| i.name.as_deref() != Some("acme-ci")));
}

#[test]
fn a_loop_makes_one_resource_for_each_element() {
    let estate = estate(&[(
        "main.tf",
        r#"
locals {
  apps = {
    web = { bucket = "pages" }
    api = { bucket = "data" }
  }
}
resource "aws_iam_role" "app" {
  for_each           = local.apps
  name               = "app-${each.key}"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "app" {
  for_each = local.apps
  name     = "own"
  role     = aws_iam_role.app[each.key].name
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::${each.value.bucket}/*" }] })
}
resource "aws_iam_role" "unknown" {
  for_each           = var.more
  name               = "more-${each.key}"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
"#,
    )]);
    for (role, bucket, other) in [("app-web", "pages", "data"), ("app-api", "data", "pages")] {
        let own = policy(&estate, &format!(":role/{role}#inline/own"));
        assert!(own.document.contains(bucket) && !own.document.contains(other), "{role}");
        assert!(identity(&estate, role).location.as_ref().unwrap().region.is_some());
    }
    let names: Vec<&str> = estate.identities.iter().filter_map(|i| i.name.as_deref()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}
