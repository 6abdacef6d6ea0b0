"""The AWS account of tests/estate.rs in moto. Prints the port and the key of a user; ends when its standard
input closes."""

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
iam = boto3.client("iam", endpoint_url=f"http://{host}:{port}", region_name="eu-west-1")

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
GITHUB = "token.actions.githubusercontent.com"

iam.create_user(UserName="pay-deploy", Tags=[{"Key": "Owner", "Value": "ann@example.com"}])
iam.attach_user_policy(UserName="pay-deploy", PolicyArn=ADMIN)
key = iam.create_access_key(UserName="pay-deploy")["AccessKey"]
provider = iam.create_open_id_connect_provider(
    Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["6" * 40]
)["OpenIDConnectProviderArn"]
trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"},
                "StringLike": {f"{GITHUB}:sub": "repo:acme/shop:*"},
            },
        }
    ],
}
iam.create_role(RoleName="ship", AssumeRolePolicyDocument=json.dumps(trust))
iam.attach_role_policy(RoleName="ship", PolicyArn=ADMIN)

print(json.dumps({"port": port, "key_id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}), flush=True)
sys.stdin.read()
