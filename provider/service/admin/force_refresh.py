"""Forcing a refresh: what is mounted is asked for anew before its time.

Answers are marked, not dropped: until the kubelet asks next (every 60 to 90 s), leases are renewed as ever, and where
Vault is down then, the volume goes on with what it has and tries again at the next call. Nothing is asked here, and
nobody logs in anew.
"""

from typing import Final

from provider.service.volumes import volume_store
from provider.vault import leases

STATIC: Final = frozenset({leases.Kind.STATIC, leases.Kind.STATIC_ROLE})
"""What can be asked for again without anything being issued."""


def force(
    record: volume_store.VolumeStore,
    *,
    pod: str = "",
    spc: str = "",
    everything: bool = False,
    static_only: bool = False,
) -> tuple[volume_store.Volume, ...]:
    """Have the answers behind volumes asked for anew at their next call, also what SPCs want asked for only once.

    Args:
        record: what is mounted.
        pod: "namespace/name"; the volumes of that pod.
        spc: "namespace/name"; the volumes of that SecretProviderClass, whose namespace is its pods'. A volume whose
            driver never told its class (1.5 and older, after a restart of ours) is found by its pod only.
        everything: all volumes.
        static_only: leave alone whatever has been issued: leases, certificates, tokens.

    Returns:
        The volumes concerned: those that match, and those that share answers with one that does.
    """
    given = list(record)
    held = [volume.held for volume in given if everything or _is_meant(volume, pod, spc)]
    for each in held:
        each.force(STATIC if static_only else frozenset(leases.Kind))
    marked = {id(each) for each in held}
    concerned = tuple(volume for volume in given if id(volume.held) in marked)
    for volume in concerned:
        # Whoever asks for it may have mended what made the last refresh fail.
        volume.rests = 0.0
        record.changed(volume)
    return concerned


def _is_meant(volume: volume_store.Volume, pod: str, spc: str) -> bool:
    if pod:
        return str(volume.pod) == pod
    return bool(spc and volume.provider_class) and f"{volume.pod.namespace}/{volume.provider_class}" == spc
