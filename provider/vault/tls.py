"""Makes TLS contexts from the files an SPC or a flag names, and fingerprints that change when those files do."""

import ssl
from pathlib import Path

from provider import errors, model

_NO_FILE = (0, 0, 0)


def fingerprint(tls: model.Tls) -> tuple[tuple[int, int, int], ...]:
    """Inode, size and modification time of every file behind `tls`; a missing file counts as zeros.

    Kubernetes swaps mounted Secrets by a symbolic link, so the inode changes even where time and size do not.
    """
    paths: list[Path] = [Path(name) for name in (tls.ca_cert_path, tls.client_cert_path, tls.client_key_path) if name]
    if tls.ca_directory and not (tls.ca_cert_path or tls.ca_pem):
        paths.extend(_members(Path(tls.ca_directory)))
    found = []
    for path in paths:
        try:
            facts = path.stat()
        except OSError:
            found.append(_NO_FILE)
        else:
            found.append((facts.st_ino, facts.st_size, facts.st_mtime_ns))
    return tuple(found)


def context(tls: model.Tls) -> ssl.SSLContext:
    """Make the context for one target. With a CA given, only that CA is trusted; without one, the system's.

    A file wins over inline PEM, and that over a directory. A directory may be a single file, as the Go provider
    allows.

    Raises:
        errors.TargetError: a file is missing or is not what it should be; names the parameter's file and the fix.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.hostname_checks_common_name = False
    if tls.skip_verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    else:
        _trust(made, tls)
    if tls.client_cert_path or tls.client_key_path:
        _show(made, tls)
    return made


def source(tls: model.Tls) -> str:
    """Where trust comes from, for error texts."""
    if tls.skip_verify:
        return "no verification"
    if tls.ca_cert_path:
        return f"CA file {tls.ca_cert_path}"
    if tls.ca_pem:
        return "the inline CA"
    if tls.ca_directory:
        return f"CA directory {tls.ca_directory}"
    return "the system's CAs"


def _members(directory: Path) -> list[Path]:
    if directory.is_file():
        return [directory]
    try:
        return sorted(entry for entry in directory.iterdir() if entry.is_file())
    except OSError:
        return [directory]


def _trust(made: ssl.SSLContext, tls: model.Tls) -> None:
    if tls.ca_cert_path:
        _load(made, Path(tls.ca_cert_path), "the CA certificate")
    elif tls.ca_pem:
        try:
            made.load_verify_locations(cadata=tls.ca_pem)
        except (ssl.SSLError, ValueError) as error:
            raise errors.TargetError(
                "the inline CA certificate is not a PEM certificate",
                hint="give the whole PEM text, with its BEGIN CERTIFICATE and END CERTIFICATE lines",
            ) from error
    elif tls.ca_directory:
        members = _members(Path(tls.ca_directory))
        for member in members:
            _load(made, member, "a CA certificate of the directory")
        if not members:
            raise errors.TargetError(
                f"the CA directory {tls.ca_directory} is empty", hint="put PEM certificates there, or unset it"
            )
    else:
        made.load_default_certs()


def _load(made: ssl.SSLContext, path: Path, what: str) -> None:
    try:
        made.load_verify_locations(cafile=str(path))
    except ssl.SSLError as error:
        raise errors.TargetError(f"{what} {path} holds no PEM certificate", hint="check the file") from error
    except OSError as error:
        raise errors.TargetError(
            f"{what} {path} cannot be read: {error.strerror}",
            hint="mount the file into the provider's pod at this path",
        ) from error


def _show(made: ssl.SSLContext, tls: model.Tls) -> None:
    pair = f"client certificate {tls.client_cert_path or '(unset)'} and key {tls.client_key_path or '(unset)'}"
    if not (tls.client_cert_path and tls.client_key_path):
        raise errors.TargetError(f"{pair}: one requires the other", hint="set both, or neither")
    try:
        made.load_cert_chain(tls.client_cert_path, tls.client_key_path)
    except ssl.SSLError as error:
        raise errors.TargetError(
            f"{pair} do not form a pair", hint="check that both are PEM and belong together"
        ) from (error)
    except OSError as error:
        raise errors.TargetError(
            f"{pair} cannot be read: {error.strerror}", hint="mount the files into the provider's pod at these paths"
        ) from error
