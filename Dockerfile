# syntax=docker/dockerfile:1
#
#     docker build -t vault-csi-provider:0.1.0 .
#     docker buildx build --platform linux/amd64,linux/arm64 -t registry.example/vault-csi-provider:0.1.0 --push .
#
# For a build that can be repeated, pin the base by digest; it is the digest of the index, right for every platform:
#
#     docker buildx imagetools inspect python:3.12-slim-trixie --format '{{.Manifest.Digest}}'
#     docker build --build-arg PYTHON_DIGEST=sha256:... .
#
# 3.12, because it is supported for long and takes 4 MiB less memory at rest than 3.13.
ARG PYTHON_BASE=python:3.12-slim-trixie
ARG PYTHON_DIGEST=""

# The base comes without bytecode of the standard library, and on a read-only root none can be kept: it would be compiled
# at every start. The bytecode goes by a hash that is never checked, not by times, so that copying keeps it valid.
FROM ${PYTHON_BASE}${PYTHON_DIGEST:+@${PYTHON_DIGEST}} AS python
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN ["python3", "-m", "compileall", "-q", "-j0", "--invalidation-mode=unchecked-hash", "-x", "/(test|tests|site-packages|ensurepip|idlelib|lib2to3|tkinter|turtledemo)/", "/usr/local/lib"]

# Only wheels are installed: nothing is compiled, and nothing but our own build backend is run, on either platform.
FROM python AS build
WORKDIR /src
RUN ["python3", "-m", "venv", "--without-pip", "/venv"]
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY provider provider
RUN ["python3", "-m", "pip", "--python", "/venv/bin/python", "--disable-pip-version-check", "--no-cache-dir", "install", "--no-compile", "--only-binary=:all:", "--constraint=requirements.lock", "."]
# All but the parts of the Kubernetes client that are never loaded, which are large.
RUN ["/venv/bin/python", "-m", "compileall", "-q", "-j0", "--invalidation-mode=unchecked-hash", "-x", "/kubernetes/(aio|client/(api|models))/", "/venv/lib"]

# Nothing here calls a shell, writes a file or needs /tmp: sockets go to the volume that -endpoint names.
FROM python
LABEL org.opencontainers.image.title="vault-csi-provider" \
      org.opencontainers.image.description="HashiCorp Vault and OpenBao secrets as files in Kubernetes pods" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0"
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /
# The directory of the sockets belongs to root on the node. The manifests take every capability away.
USER 0:0
ENTRYPOINT ["/venv/bin/vault-csi-provider"]
