//! Deployments as the providers' documentation writes them, with a stored key and without one.

#![expect(clippy::unwrap_used, reason = "a test")]

use overstay_detectors::{
    detect,
    evidence::{Estate, Src, Thresholds},
    readers::{Document, read_document},
};

/// One deployment in both forms.
struct Pair {
    name: &'static str,
    path: &'static str,
    stored: &'static str,
    federated: &'static str,
}

const PAIRS: &[Pair] = &[
    // https://docs.gitlab.com/ci/cloud_services/aws/
    Pair {
        name: "GitLab to AWS",
        path: ".gitlab-ci.yml",
        stored: "deploy:
  variables: {AWS_DEFAULT_REGION: eu-central-1}
  script:
    - aws configure set aws_secret_access_key \"$AWS_SECRET_ACCESS_KEY\"
    - aws s3 sync public s3://site
",
        federated: "deploy:
  id_tokens: {GITLAB_OIDC_TOKEN: {aud: https://gitlab.example.com}}
  script:
    - aws sts assume-role-with-web-identity --role-arn $ROLE_ARN --web-identity-token $GITLAB_OIDC_TOKEN --role-session-name ci
    - aws s3 sync public s3://site
",
    },
    // https://docs.gitlab.com/ci/cloud_services/azure/
    Pair {
        name: "GitLab to Azure",
        path: ".gitlab-ci.yml",
        stored: "deploy:
  script:
    - az login --service-principal -u $AZURE_CLIENT_ID -p $AZURE_CLIENT_SECRET --tenant $AZURE_TENANT_ID
",
        federated: "deploy:
  id_tokens: {GITLAB_OIDC_TOKEN: {aud: https://gitlab.example.com}}
  script:
    - az login --service-principal -u $AZURE_CLIENT_ID -t $AZURE_TENANT_ID --federated-token $GITLAB_OIDC_TOKEN
",
    },
    // https://docs.gitlab.com/ci/cloud_services/google_cloud/
    Pair {
        name: "GitLab to Google Cloud",
        path: ".gitlab-ci.yml",
        stored: "deploy:
  script:
    - echo \"$GCP_SERVICE_ACCOUNT_KEY\" > key.json
    - gcloud auth activate-service-account --key-file key.json
",
        federated: "deploy:
  id_tokens: {GITLAB_OIDC_TOKEN: {aud: https://gitlab.example.com}}
  script:
    - echo $GITLAB_OIDC_TOKEN > .ci_job_jwt_file
    - gcloud iam workload-identity-pools create-cred-config $GCP_WORKLOAD_IDENTITY_PROVIDER --service-account=$GCP_SERVICE_ACCOUNT --output-file=.gcp.json --credential-source-file=.ci_job_jwt_file
    - gcloud auth login --cred-file=.gcp.json
",
    },
    // https://bitbucket.org/atlassian/aws-s3-deploy
    Pair {
        name: "Bitbucket to S3",
        path: "bitbucket-pipelines.yml",
        stored: "pipelines:
  default:
    - step:
        script:
          - pipe: atlassian/aws-s3-deploy:1.6.0
            variables:
              AWS_ACCESS_KEY_ID: $AWS_ACCESS_KEY_ID
              AWS_SECRET_ACCESS_KEY: $AWS_SECRET_ACCESS_KEY
              S3_BUCKET: site
",
        federated: "pipelines:
  default:
    - step:
        oidc: true
        script:
          - pipe: atlassian/aws-s3-deploy:1.6.0
            variables:
              AWS_OIDC_ROLE_ARN: arn:aws:iam::123456789012:role/deploy
              S3_BUCKET: site
",
    },
    // https://circleci.com/developer/orbs/orb/circleci/aws-cli
    Pair {
        name: "CircleCI to AWS",
        path: ".circleci/config.yml",
        stored: "version: 2.1
orbs: {aws-cli: circleci/aws-cli@5.4.0}
jobs:
  deploy:
    docker: [{image: 'cimg/base:2026.01'}]
    steps:
      - aws-cli/setup: {region: eu-central-1}
workflows: {main: {jobs: [deploy: {context: aws}]}}
",
        federated: "version: 2.1
orbs: {aws-cli: circleci/aws-cli@5.4.0}
jobs:
  deploy:
    docker: [{image: 'cimg/base:2026.01'}]
    steps:
      - aws-cli/setup: {role_arn: 'arn:aws:iam::123456789012:role/ci', region: eu-central-1}
workflows: {main: {jobs: [deploy: {context: aws}]}}
",
    },
    // https://circleci.com/developer/orbs/orb/circleci/gcp-cli
    Pair {
        name: "CircleCI to Google Cloud",
        path: ".circleci/config.yml",
        stored: "version: 2.1
orbs: {gcp-cli: circleci/gcp-cli@3.3.1}
jobs:
  deploy:
    docker: [{image: 'cimg/base:2026.01'}]
    steps: [gcp-cli/setup]
workflows: {main: {jobs: [deploy: {context: gcp}]}}
",
        federated: "version: 2.1
orbs: {gcp-cli: circleci/gcp-cli@3.3.1}
jobs:
  deploy:
    docker: [{image: 'cimg/base:2026.01'}]
    steps:
      - gcp-cli/setup: {use_oidc: true}
workflows: {main: {jobs: [deploy: {context: gcp}]}}
",
    },
    // https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/azure-cli-v2
    Pair {
        name: "Azure Pipelines to Azure",
        path: "azure-pipelines.yml",
        stored: "steps:
- script: az login --service-principal -u $(ARM_CLIENT_ID) -p $ARM_CLIENT_SECRET --tenant $(ARM_TENANT_ID)
  env:
    ARM_CLIENT_SECRET: $(ARM_CLIENT_SECRET)
",
        federated: "steps:
- task: AzureCLI@2
  inputs:
    azureSubscription: production-federated
    scriptType: bash
    scriptLocation: inlineScript
    addSpnToEnvironment: true
    inlineScript: az login --service-principal -u $servicePrincipalId --federated-token $idToken --tenant $tenantId
",
    },
    // https://plugins.jenkins.io/pipeline-aws/
    Pair {
        name: "Jenkins to AWS",
        path: "Jenkinsfile",
        stored: "node('linux') {
  withCredentials([aws(credentialsId: 'deploy', accessKeyVariable: 'AWS_ACCESS_KEY_ID', secretKeyVariable: 'AWS_SECRET_ACCESS_KEY')]) {
    sh 'aws s3 sync public s3://site'
  }
}
",
        federated: "node('linux') {
  withAWS(role: 'deploy', roleAccount: '123456789012') {
    sh 'aws s3 sync public s3://site'
  }
}
",
    },
    // https://argo-workflows.readthedocs.io/en/latest/configure-artifact-repository/
    Pair {
        name: "Argo Workflows to S3",
        path: "workflow.yaml",
        stored: "apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: build}
spec:
  entrypoint: main
  templates:
    - name: main
      container: {image: 'alpine:3.23'}
      outputs:
        artifacts:
          - name: out
            path: /out
            s3:
              endpoint: s3.amazonaws.com
              bucket: artifacts
              key: out.tgz
              accessKeySecret: {name: s3, key: accessKey}
              secretKeySecret: {name: s3, key: secretKey}
",
        federated: "apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: build}
spec:
  entrypoint: main
  serviceAccountName: build
  templates:
    - name: main
      container: {image: 'alpine:3.23'}
      outputs:
        artifacts:
          - name: out
            path: /out
            s3: {endpoint: s3.amazonaws.com, bucket: artifacts, key: out.tgz, useSDKCreds: true}
",
    },
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
    // https://docs.gitlab.com/ci/docker/authenticate_registry/ and the ECR guide of the AWS CLI
    Pair {
        name: "GitLab to ECR, by names of one's own",
        path: ".gitlab-ci.yml",
        stored: "deploy:
  script:
    - aws configure set aws_access_key_id $ECR_ID
    - aws configure set aws_secret_access_key $ECR_KEY
    - aws ecr get-login-password | docker login --username AWS --password-stdin $ECR
",
        federated: "deploy:
  id_tokens: {T: {aud: https://gitlab.example.com}}
  script:
    - aws sts assume-role-with-web-identity --role-arn $ROLE --web-identity-token $T --role-session-name ci
    - aws ecr get-login-password | docker login --username AWS --password-stdin $ECR
",
    },
    // https://bitbucket.org/atlassian/google-gke-kubectl-run
    Pair {
        name: "Bitbucket to GKE",
        path: "bitbucket-pipelines.yml",
        stored: "pipelines:
  default:
    - step:
        script:
          - pipe: atlassian/google-gke-kubectl-run:3.5.0
            variables: {KEY_FILE: $GCP_KEY_BASE64, PROJECT: p, CLUSTER_NAME: c, KUBECTL_COMMAND: apply}
",
        federated: "pipelines:
  default:
    - step:
        oidc: true
        script:
          - gcloud iam workload-identity-pools create-cred-config $POOL --service-account=$SA --output-file=c.json --credential-source-file=t
          - kubectl apply -f deploy.yaml
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
    // https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/azure-cli-v2
    Pair {
        name: "Azure Pipelines to Azure, through Terraform variables",
        path: "azure-pipelines.yml",
        stored: "pool: {vmImage: ubuntu-latest}
steps:
  - script: terraform apply -auto-approve -var clientSecret=$(clientSecret)
",
        federated: "pool: {vmImage: ubuntu-latest}
steps:
  - task: AzureCLI@2
    inputs:
      azureSubscription: production
      addSpnToEnvironment: true
      scriptType: bash
      scriptLocation: inlineScript
      inlineScript: ARM_USE_OIDC=true ARM_OIDC_TOKEN=$idToken terraform apply -auto-approve
",
    },
    // https://docs.gitlab.com/ci/jobs/ssh_keys/ and https://smallstep.com/docs/ssh
    Pair {
        name: "GitLab to a machine over SSH",
        path: ".gitlab-ci.yml",
        stored: "deploy:
  script:
    - echo \"$STAGING_KEY\" | tr -d '\\r' | ssh-add -
    - ssh deploy@host ./update
",
        federated: "deploy:
  id_tokens: {STEP_TOKEN: {aud: https://ca.example.com}}
  script:
    - step ssh login --token $STEP_TOKEN deploy
    - ssh deploy@host ./update
",
    },
];

fn is_reported(path: &str, text: &str) -> bool {
    let src = Src::of("git", "acme");
    let now = "2026-11-22T00:00:00Z".parse().unwrap();
    let document =
        Document { path, bytes: text.as_bytes(), src: &src, repository: None, as_of: now };
    let mut records = Vec::new();
    read_document(&document, &mut records);
    assert!(!records.is_empty(), "{path} is read");
    let estate = Estate::build(records, now, Thresholds::default());
    let rules = ["ci-ssh-key-stored", "ci-static-cloud-credential"];
    let rules = rules.map(|slug| overstay_rules::find(slug).unwrap().id);
    !detect(&estate, &rules).0.is_empty()
}

#[test]
fn the_stored_key_is_reported_and_its_federated_twin_is_not() {
    for Pair { name, path, stored, federated } in PAIRS {
        assert!(is_reported(path, stored), "{name}: the stored key");
        assert!(!is_reported(path, federated), "{name}: no stored key");
    }
}
