//! GitHub Actions.

use super::Pair;

pub(crate) const PAIRS: &[Pair] = &[
    // https://www.pulumi.com/docs/pulumi-cloud/access-management/oidc/client/github/
    Pair {
        name: "GitHub to Pulumi Cloud",
        path: ".github/workflows/up.yml",
        stored: "on: push
jobs:
  up:
    runs-on: ubuntu-latest
    steps:
      - uses: pulumi/actions@v6
        with: {command: up, stack-name: org/prod}
        env:
          PULUMI_ACCESS_TOKEN: ${{ secrets.PULUMI_ACCESS_TOKEN }}
",
        federated: "on: push
permissions: {id-token: write}
jobs:
  up:
    runs-on: ubuntu-latest
    steps:
      - uses: pulumi/auth-actions@v1
        with: {organization: org, requested-token-type: 'urn:pulumi:token-type:access_token:organization'}
      - uses: pulumi/actions@v6
        with: {command: up, stack-name: org/prod}
",
    },
    // https://docs.databricks.com/dev-tools/auth/provider-github
    Pair {
        name: "GitHub to Databricks",
        path: ".github/workflows/bundle.yml",
        stored: "on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      DATABRICKS_HOST: https://dbc.cloud.databricks.com
      DATABRICKS_TOKEN: ${{ secrets.DATABRICKS_TOKEN }}
    steps:
      - run: databricks bundle deploy
",
        federated: "on: push
permissions: {id-token: write}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    env:
      DATABRICKS_AUTH_TYPE: github-oidc
      DATABRICKS_HOST: https://dbc.cloud.databricks.com
      DATABRICKS_CLIENT_ID: ${{ secrets.DATABRICKS_CLIENT_ID }}
    steps:
      - run: databricks bundle deploy
",
    },
    // https://octopus.com/docs/octopus-rest-api/openid-connect/github-actions
    Pair {
        name: "GitHub to Octopus Deploy",
        path: ".github/workflows/release.yml",
        stored: "on: push
jobs:
  release:
    runs-on: ubuntu-latest
    env:
      OCTOPUS_URL: https://acme.octopus.app
      OCTOPUS_API_KEY: ${{ secrets.OCTOPUS_API_KEY }}
    steps:
      - uses: OctopusDeploy/create-release-action@v3
        with: {project: shop}
",
        federated: "on: push
permissions: {id-token: write}
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - uses: OctopusDeploy/login@v1
        with: {server: 'https://acme.octopus.app', service_account_id: 5be4ac10-2679-4041-a8b0-7b05b445e19e}
      - uses: OctopusDeploy/create-release-action@v3
        with: {project: shop}
",
    },
    // https://docs.oracle.com/iaas/Content/API/Concepts/clienvironmentvariables.htm
    Pair {
        name: "GitHub to Oracle Cloud",
        path: ".github/workflows/oke.yml",
        stored: "on: push
permissions: {contents: read}
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      OCI_CLI_USER: ${{ secrets.OCI_CLI_USER }}
      OCI_CLI_KEY_CONTENT: ${{ secrets.OCI_CLI_KEY_CONTENT }}
    steps:
      - run: oci os object put --bucket-name b --file x
",
        federated: "on: push
permissions: {contents: read, id-token: write}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: oci session authenticate --token-based && oci os object put --bucket-name b --file x
        env: {OCI_CLI_AUTH: security_token}
",
    },
];
