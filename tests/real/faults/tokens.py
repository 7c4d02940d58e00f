"""Vault tokens that are no longer good, or not good enough: what that costs in logins."""

import asyncio
from typing import Final

from tests.real.faults import mounts, scenario
from tests.real.faults import stage as stages

PODS: Final = 20
TRIES: Final = 34


async def revoked(stage: stages.Stage) -> scenario.Result:
    """All at once, and each pod is then mounted three times together, and once more."""
    subjects = await asyncio.to_thread(stage.subjects, PODS)
    async with mounts.calling(stage) as caller:
        await asyncio.gather(*(caller.mount(subject, {}) for subject in subjects))
        await asyncio.to_thread(stage.request, "PUT", "sys/leases/revoke-prefix/auth/kubernetes/login")
        since = len(stage.audited())
        for together in (3, 1):
            again = [caller.sample(mounts.AGAIN, subject) for subject in subjects for _ in range(together)]
            await asyncio.gather(*again)
        seen = caller.outcome
    logins = [stage.logins(since, subject.pod.name) for subject in subjects]
    message = f"{seen.summary()}; {sum(logins)} logins of {PODS} pods, at most {max(logins)} of one"
    return scenario.Result(message, seen.failed() == 0 and set(logins) == {1})


async def denied(stage: stages.Stage) -> scenario.Result:
    """One object that the policy does not allow, tried again and again by new pods."""
    subjects = await asyncio.to_thread(stage.subjects, 5)
    since = len(stage.audited())
    objects = f"{stages.OBJECTS}- {{objectName: denied, secretPath: secret/data/elsewhere, secretKey: k}}\n"
    async with mounts.calling(stage, {"objects": objects}) as caller:
        for _ in range(TRIES):
            await asyncio.gather(*(caller.sample(mounts.NEW, subject) for subject in subjects))
        seen = caller.outcome
    said = sum(
        "PermissionDenied" in sample.error and "secret/data/elsewhere" in sample.error for sample in seen.samples
    )
    logins = [stage.logins(since, subject.pod.name) for subject in subjects]
    message = f"at most {max(logins)} login of a pod in {TRIES} tries; {said} of {len(seen.samples)} say which path"
    return scenario.Result(message, set(logins) == {1} and said == TRIES * len(subjects))


SCENARIOS: Final = (
    scenario.Scenario("revoked", "tokens revoked", "0 failed, 1 new login a pod", 30.0, revoked),
    scenario.Scenario("denied", "one object denied", "1 login a pod however often it is tried", 30.0, denied),
)
