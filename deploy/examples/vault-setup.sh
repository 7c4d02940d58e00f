#!/usr/bin/env bash
# The Vault side of spc.yaml and pod.yaml: a secret, a policy that may read it, and a role that gives the policy to
# the service account api-service in the namespace production. It may be run again: it keeps what is there and
# changes nothing but the policy and the role.
#
# Needs the vault command with VAULT_ADDR and an administrator's VAULT_TOKEN.
# Where Vault runs in the same cluster, its own service account must be allowed to review tokens (ClusterRole
# system:auth-delegator). Elsewhere, set KUBERNETES_HOST to the API server as Vault reaches it, KUBERNETES_CA to a file
# with its CA certificate, and TOKEN_REVIEWER_JWT to the token of a service account that may review tokens.
set -euo pipefail

service=api-service
namespace=production

has() { # has secrets|auth PATH: whether an engine or auth method is mounted there
  vault "$1" list -format=json | grep "\"$2/\"" >/dev/null
}

has secrets secret || vault secrets enable -path=secret -version=2 kv
has auth kubernetes || vault auth enable kubernetes
if ! vault read auth/kubernetes/config >/dev/null 2>&1; then
  config=(kubernetes_host="${KUBERNETES_HOST:-https://kubernetes.default.svc}")
  [[ -z "${KUBERNETES_CA:-}" ]] || config+=(kubernetes_ca_cert=@"$KUBERNETES_CA")
  printf '%s' "${TOKEN_REVIEWER_JWT:-}" | vault write auth/kubernetes/config "${config[@]}" token_reviewer_jwt=-
fi

vault policy write "$service" - <<POLICY
path "secret/data/$service/*" {
  capabilities = ["read"]
}
POLICY

# The audience keeps tokens that were made for other systems out.
vault write "auth/kubernetes/role/$service" \
  bound_service_account_names="$service" \
  bound_service_account_namespaces="$namespace" \
  audience=vault \
  token_policies="$service" \
  token_ttl=1h

if ! vault kv get "secret/$service/database" >/dev/null 2>&1; then
  # By standard input, so that the password is in no list of processes.
  password="$(vault write -field=random_bytes sys/tools/random/24 format=base64)"
  printf '%s' "$password" | vault kv put "secret/$service/database" \
    host=db.production.internal username=api_user password=-
fi
