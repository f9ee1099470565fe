"""Other registries: endpoints, policies, copying, pull-through."""

from typing import TYPE_CHECKING

from havre.kernel.doors import front_door

if TYPE_CHECKING:
    from havre.replication.change_endpoints import ChangeEndpoints
    from havre.replication.change_policies import ChangePolicies
    from havre.replication.copy_in import CopyIn
    from havre.replication.copy_out import CopyOut
    from havre.replication.endpoint_model import Credential, Endpoint, EndpointChanges, EndpointWords
    from havre.replication.endpoints import Endpoints
    from havre.replication.fetch import Fetch
    from havre.replication.here import Here
    from havre.replication.mirrors import Mirrors
    from havre.replication.on_events import HEARD, ReplicateOnEvents
    from havre.replication.open_addresses import OpenAddresses
    from havre.replication.open_endpoints import OpenEndpoints
    from havre.replication.policies import Policies, ShownPolicy
    from havre.replication.policy_model import (
        KIND,
        TASK_KIND,
        Filter,
        FilterKind,
        Policy,
        PolicyWords,
        RepositoryState,
        Trigger,
    )
    from havre.replication.providers import PROVIDERS, Provider
    from havre.replication.proxies import Proxies
    from havre.replication.pull_through import PullThrough, ReferrersThrough, StatThrough, TagsThrough
    from havre.replication.reconcile import Reconcile
    from havre.replication.replicate import Replicate
    from havre.replication.runs import ReplicationRuns, RunFilter
    from havre.replication.send import Send
    from havre.replication.settings import ReplicationSettings
    from havre.replication.task import Bookkeeping
    from havre.replication.transfers import Transfers
    from havre.replication.upstream import Upstream, UpstreamSettings
    from havre.replication.watch_endpoints import WatchEndpoints
else:
    __getattr__ = front_door(__name__)

__all__ = [
    "HEARD",
    "KIND",
    "PROVIDERS",
    "TASK_KIND",
    "Bookkeeping",
    "ChangeEndpoints",
    "ChangePolicies",
    "CopyIn",
    "CopyOut",
    "Credential",
    "Endpoint",
    "EndpointChanges",
    "EndpointWords",
    "Endpoints",
    "Fetch",
    "Filter",
    "FilterKind",
    "Here",
    "Mirrors",
    "OpenAddresses",
    "OpenEndpoints",
    "Policies",
    "Policy",
    "PolicyWords",
    "Provider",
    "Proxies",
    "PullThrough",
    "Reconcile",
    "ReferrersThrough",
    "Replicate",
    "ReplicateOnEvents",
    "ReplicationRuns",
    "ReplicationSettings",
    "RepositoryState",
    "RunFilter",
    "Send",
    "ShownPolicy",
    "StatThrough",
    "TagsThrough",
    "Transfers",
    "Trigger",
    "Upstream",
    "UpstreamSettings",
    "WatchEndpoints",
]
