"""Operations on the LDAP directory."""

from typing import Final

import msgspec
from starlette.responses import Response

from havre.access.errors import DirectoryUnavailable, DirectoryUnset
from havre.edge.api.conventions import done, item
from havre.edge.api.faults import JSON
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.ldap import FailedImport, ImportReq, LdapConf, LdapUser, PingResult
from havre.edge.api.wire.usergroup import UserGroupShape


async def _ping(parts: ApiParts, request: ApiRequest) -> Response:
    tried = await request.optional_body(LdapConf)
    settings = await parts.ldap.search.configured(request.actor)
    try:
        await parts.ldap.search.check(request.actor, settings if tried is None else tried.over(settings))
    except (DirectoryUnavailable, DirectoryUnset) as error:  # the answer to the question, not its failure
        return item(PingResult(success=False, message=str(error)))
    return item(PingResult(success=True))


async def _search_users(parts: ApiParts, request: ApiRequest) -> Response:
    found = await parts.ldap.search.people(request.actor, request.query("username") or "")
    return item([LdapUser(person.uid, person.realname, person.email) for person in found])


async def _import(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(ImportReq)
    failures = await parts.ldap.import_users.run(request.actor, wanted.ldap_uid_list)
    if not failures:
        return done()
    shapes = [FailedImport(failure.uid, failure.reason) for failure in failures]
    return Response(msgspec.json.encode(shapes), 404, media_type=JSON)  # the contract's way to say "some"


async def _search_groups(parts: ApiParts, request: ApiRequest) -> Response:
    name, dn = request.query("groupname") or "", request.query("groupdn") or ""
    found = await parts.ldap.search.groups(request.actor, name, dn)
    return item([UserGroupShape(0, group.name, 1, group.dn) for group in found])


HANDLERS: Final[Handlers] = {
    "pingLdap": _ping,
    "searchLdapUser": _search_users,
    "importLdapUser": _import,
    "searchLdapGroup": _search_groups,
}
