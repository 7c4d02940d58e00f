"""Forces a refresh: what is mounted is read again at the next call, before its time.

Responses are marked, not dropped: until the kubelet asks next (every 60 to 90 s), leases are renewed as before, and
where Vault is down then, the volume goes on with what it has and tries again at the next call. Nothing is requested
here, and nobody logs in again.
"""

from typing import Final

from provider.service.volumes import volume_state, volume_store
from provider.vault import leases

STATIC: Final = frozenset({leases.Kind.STATIC, leases.Kind.STATIC_ROLE})
"""What can be read again without anything being issued."""


def force(
    volumes: volume_store.VolumeStore,
    *,
    pod: str = "",
    spc: str = "",
    everything: bool = False,
    static_only: bool = False,
) -> tuple[volume_state.Volume, ...]:
    """Have the responses behind volumes requested again at their next call, also those of `refresh: once`.

    Args:
        volumes: what is mounted.
        pod: "namespace/name"; the volumes of that pod.
        spc: "namespace/name"; the volumes of that SecretProviderClass, whose namespace is its pods'. A volume whose
            driver never named its class (1.5 and older, after a restart of ours) is found by its pod only.
        everything: all volumes.
        static_only: leave alone whatever has been issued: leases, certificates, tokens.

    Returns:
        The volumes concerned: those that match, and those that share responses with one that does.
    """
    mounted = list(volumes)
    caches = [volume.responses for volume in mounted if everything or _is_meant(volume, pod, spc)]
    for responses in caches:
        responses.force(STATIC if static_only else frozenset(leases.Kind))
    forced = {id(responses) for responses in caches}
    concerned = tuple(volume for volume in mounted if id(volume.responses) in forced)
    for volume in concerned:
        # Whoever asks for it may have removed what made the last refresh fail.
        volume.health = volume_state.Health(volume.health.failure)
        volumes.changed(volume)
    return concerned


def _is_meant(volume: volume_state.Volume, pod: str, spc: str) -> bool:
    if pod:
        return str(volume.pod) == pod
    return bool(spc and volume.provider_class) and f"{volume.pod.namespace}/{volume.provider_class}" == spc
