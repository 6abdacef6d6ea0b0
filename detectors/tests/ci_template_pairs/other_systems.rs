//! Argo Workflows, Azure Pipelines, Bitbucket, CircleCI and Jenkins.

use super::Pair;

pub(crate) const PAIRS: &[Pair] = &[
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
];
