"""HashiCorp Vault and OpenBao secrets as files in Kubernetes pods: a provider for the Secrets Store CSI driver."""

__version__ = "0.1.0"
