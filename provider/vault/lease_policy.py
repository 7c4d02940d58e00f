"""Applies another refresh policy to a response that is there. Pure.

How often an object wants its responses decides when they are due, and nothing about what they are: a changed interval
or policy issues nothing by itself.
"""

import dataclasses
import math

from provider import model
from provider.vault import leases


def applied(lease: leases.Lease, read: model.Read, refresh: model.Refresh) -> leases.Lease:
    """The dates of a response as they would be, had it been requested by this policy.

    Args:
        lease: its dates.
        read: what was asked.
        refresh: the policy.
    """
    final = read.is_write and refresh.writes is model.WritePolicy.ONCE
    due = lease.due
    match lease.kind:
        case leases.Kind.STATIC:
            due = lease.obtained + max(refresh.interval, 0.0)
        case leases.Kind.WRITE:
            due = lease.obtained if refresh.writes is model.WritePolicy.ALWAYS else math.inf
        case leases.Kind.EXPIRING if final != lease.final:
            due = math.inf if final else lease.obtained + lease.ttl * leases.SHARE
    return lease if (due, final) == (lease.due, lease.final) else dataclasses.replace(lease, due=due, final=final)
