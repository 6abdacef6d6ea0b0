#!/usr/bin/env python3
"""Writes aws-vendors.toml, the AWS accounts whose owners have said in public that they are theirs, from
https://github.com/fwdcloudsec/known_aws_accounts (Apache-2.0; its `accounts.yaml` names the page that
says so for each):

    git clone https://github.com/fwdcloudsec/known_aws_accounts
    python3 rules/tables/aws-vendors.py known_aws_accounts

Needs PyYAML. Entries without such a page, and those that are switched off, are left out. Accounts of AWS
itself are named after the service that uses them.
"""

import pathlib
import subprocess
import sys

import yaml


def main():
    folder = pathlib.Path(sys.argv[1])
    log = ["git", "-C", str(folder), "log", "-1", "--format=%h of %cs"]
    commit = subprocess.run(log, check=True, capture_output=True, text=True).stdout.strip()
    accounts = {}
    for entry in yaml.safe_load((folder / "accounts.yaml").read_text()):
        if not entry.get("source") or entry.get("enabled") is False:
            continue
        name = entry["name"].strip()
        if entry.get("type") == "aws":
            name = f"AWS, {name.removeprefix('AWS ')}"
        for account in entry["accounts"]:
            accounts.setdefault(account, name)
    lines = "".join(f'"{account}" = "{name}"\n' for account, name in sorted(accounts.items()))
    head = f"# fwdcloudsec/known_aws_accounts {commit}, Apache-2.0; see aws-vendors.py"
    table = pathlib.Path(__file__).with_name("aws-vendors.toml")
    table.write_text(f"{head}\n\n[accounts]\n{lines}")


main()
