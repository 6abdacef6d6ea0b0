//! GitLab CI.

use super::Pair;

pub(crate) const PAIRS: &[Pair] = &[
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
