"""An AWS organisation of two accounts in moto, for tests/aws_moto.rs. Prints the port; ends when its
standard input closes."""

import json
import os
import sys

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
os.environ.update(
    AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="eu-west-1"
)

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
ENDPOINT = f"http://{host}:{port}"


def client(service, **more):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name="eu-west-1", **more)


def trust(principal, condition=None, action="sts:AssumeRole"):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(*actions):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
GITHUB = "token.actions.githubusercontent.com"


def seed(iam, account):
    iam.create_user(UserName="ci", Tags=[{"Key": "Owner", "Value": "ann@example.com"}])
    iam.create_access_key(UserName="ci")
    second = iam.create_access_key(UserName="ci")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="ci", AccessKeyId=second, Status="Inactive")
    iam.create_user(UserName="ann")
    iam.create_login_profile(UserName="ann", Password="Correct-Horse-7")
    iam.create_group(GroupName="ops")
    iam.put_group_policy(GroupName="ops", PolicyName="keys", PolicyDocument=allow("iam:CreateAccessKey"))
    iam.add_user_to_group(GroupName="ops", UserName="ci")
    policy = iam.create_policy(PolicyName="read", PolicyDocument=allow("s3:Get*", "s3:List*"))
    iam.attach_user_policy(UserName="ci", PolicyArn=policy["Policy"]["Arn"])
    provider = iam.create_open_id_connect_provider(
        Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["6" * 40]
    )["OpenIDConnectProviderArn"]
    subject = {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}, "StringLike": {f"{GITHUB}:sub": "repo:*"}}
    federated = trust({"Federated": provider}, subject, "sts:AssumeRoleWithWebIdentity")
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=federated)
    iam.attach_role_policy(RoleName="deploy", PolicyArn=ADMIN)
    iam.create_role(RoleName="anyone", AssumeRolePolicyDocument=trust({"AWS": "*"}))
    iam.create_role(
        RoleName="vendor", AssumeRolePolicyDocument=trust({"AWS": "arn:aws:iam::999988887777:root"})
    )
    iam.put_role_policy(RoleName="vendor", PolicyName="s3", PolicyDocument=allow("s3:*"))
    iam.create_saml_provider(Name="corp", SAMLMetadataDocument="<m>" + "x" * 1000 + "</m>")
    iam.update_account_password_policy(MinimumPasswordLength=14)


seed(client("iam"), "123456789012")
client("secretsmanager").create_secret(Name="app/database", SecretString=sys.argv[1])
client("ssm").put_parameter(Name="/app/token", Type="SecureString", Value=sys.argv[1])
client("ssm").put_parameter(Name="/app/colour", Type="String", Value="blue")

organisations = client("organizations")
organisations.create_organization(FeatureSet="ALL")
root = organisations.list_roots()["Roots"][0]["Id"]
organisations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
unit = organisations.create_organizational_unit(ParentId=root, Name="apps")["OrganizationalUnit"]["Id"]
member = organisations.create_account(Email="apps@example.com", AccountName="apps")
member = member["CreateAccountStatus"]["AccountId"]
organisations.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
deny = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
scp = organisations.create_policy(Content=deny, Description="", Name="nothing", Type="SERVICE_CONTROL_POLICY")
organisations.attach_policy(PolicyId=scp["Policy"]["PolicySummary"]["Id"], TargetId=unit)
organisations.enable_policy_type(RootId=root, PolicyType="RESOURCE_CONTROL_POLICY")
ours = organisations.describe_organization()["Organization"]["Id"]
outsiders = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ours}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
perimeter = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*", "Condition": outsiders}
        ],
    }
)
rcp = organisations.create_policy(
    Content=perimeter, Description="", Name="perimeter", Type="RESOURCE_CONTROL_POLICY"
)
organisations.attach_policy(PolicyId=rcp["Policy"]["PolicySummary"]["Id"], TargetId=unit)

session = client("sts").assume_role(
    RoleArn=f"arn:aws:iam::{member}:role/seed", RoleSessionName="seed"
)["Credentials"]
seed(
    client(
        "iam",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    ),
    member,
)

print(json.dumps({"port": port, "member": member}), flush=True)
sys.stdin.read()
