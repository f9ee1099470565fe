"""The run-time configuration as a frozen object: Harbor's keys, their types and defaults. Pure data.

The fields' names are the keys of the API. A `Secret` is wrapped at rest and never given back.
Source: the contract, `Configurations`; reference/harbor.md 1.4.
"""

from dataclasses import dataclass
from typing import Literal

from havre.kernel.secret import Secret

AuthMode = Literal["db_auth", "ldap_auth", "oidc_auth"]
Creation = Literal["everyone", "adminonly"]
_NONE = Secret("")


@dataclass(frozen=True, slots=True)
class ConfigurationValues:
    """What an administrator may change while the instance runs."""

    auth_mode: AuthMode = "db_auth"
    primary_auth_mode: bool = False
    project_creation_restriction: Creation = "everyone"
    self_registration: bool = False
    read_only: bool = False
    token_expiration: int = 30  # minutes
    session_timeout: int = 60  # minutes
    robot_token_duration: int = 30  # days
    robot_name_prefix: str = "robot$"
    notification_enable: bool = True
    banner_message: str = ""
    scanner_skip_update_pulltime: bool = False
    pull_time_update_disable: bool = False
    pull_count_update_disable: bool = False
    pull_audit_log_disable: bool = False

    quota_per_project_enable: bool = True
    storage_per_project: int = -1  # bytes

    audit_log_forward_endpoint: str = ""
    skip_audit_log_database: bool = False
    disabled_audit_log_event_types: str = ""

    ldap_url: str = ""
    ldap_search_dn: str = ""
    ldap_search_password: Secret = _NONE
    ldap_base_dn: str = ""
    ldap_filter: str = ""
    ldap_uid: str = "cn"
    ldap_scope: int = 2
    ldap_timeout: int = 5  # seconds
    ldap_verify_cert: bool = True
    ldap_start_tls: bool = False
    ldap_group_base_dn: str = ""
    ldap_group_search_filter: str = ""
    ldap_group_attribute_name: str = ""
    ldap_group_search_scope: int = 2
    ldap_group_admin_dn: str = ""
    ldap_group_membership_attribute: str = "memberof"
    ldap_group_attach_parallel: bool = False
    ldap_group_nested: bool = False

    oidc_name: str = ""
    oidc_endpoint: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: Secret = _NONE
    oidc_scope: str = ""
    oidc_groups_claim: str = ""
    oidc_admin_group: str = ""
    oidc_group_filter: str = ""
    oidc_user_claim: str = ""
    oidc_verify_cert: bool = True
    oidc_auto_onboard: bool = False
    oidc_extra_redirect_parms: str = "{}"
    oidc_logout: bool = False

    # Kept and told as Harbor does; these two ways to sign in are not built.
    uaa_endpoint: str = ""
    uaa_client_id: str = ""
    uaa_client_secret: Secret = _NONE
    uaa_verify_cert: bool = False
    http_authproxy_endpoint: str = ""
    http_authproxy_tokenreview_endpoint: str = ""
    http_authproxy_admin_groups: str = ""
    http_authproxy_admin_usernames: str = ""
    http_authproxy_verify_cert: bool = False
    http_authproxy_skip_search: bool = False
    http_authproxy_server_certificate: str = ""
