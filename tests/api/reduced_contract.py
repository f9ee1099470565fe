"""Harbor's swagger.yaml cut down to built operations, pointed at the scene, its gaps filled with a reason.

What is changed is all here:
- operations that are not built are left out;
- path parameters name something of the scene or something missing, so that most requests meet real data;
- statuses that Harbor's own handlers answer but the contract forgets are added from STATUSES and MORE;
- what the contract says wrongly of Harbor's own answers is taken out, see _WRONG_TYPES;
- what would turn the instance against the test (read-only mode, another way to log in) is left out of bodies.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import unquote

from api.scenarios import PATH, SCENARIOS
from api.scene import Scene
from havre.edge.api.operations import BY_ID, Operation
from unit.edge.api.contract import swagger

Contract = dict[str, Any]

# Forgotten by some operations, answered by every one.
STATUSES: Final = {
    "400": "what cannot be read at all (JSON, q=, sort=, percent-encoding) is refused before the operation",
    "401": "wrong credentials are refused everywhere",
    "403": "whoever may not is refused everywhere",
    "404": "a project, repository or number in the path may be missing",
    "422": "Harbor's generated layer refuses a parameter or a body of another form so",
}
_LDAP: Final = ("importLdapUser", "pingLdap", "searchLdapGroup", "searchLdapUser")
# Of one operation: the status and why.
MORE: Final[Mapping[str, Mapping[str, str]]] = {
    "updateUserProfile": {"409": "the address is somebody else's"},
    "CreateRobot": {"409": "a robot has the name already"},
    "updateScanner": {"409": "another scanner has the name or the URL"},
    "createScanner": {"409": "another scanner has the name or the URL"},
    "deleteArtifact": {"412": "an index lists it"},
    "deleteUser": {"412": "an administrator may not remove their own account"},
    **{name: {"412": "no directory is configured"} for name in _LDAP},
}
_HIDDEN: Final = {"Configurations": ("read_only", "auth_mode", "primary_auth_mode")}
_ADDITIONS: Final = BY_ID["getAddition"].path
_VULNERABILITIES: Final = BY_ID["getVulnerabilitiesAddition"].path
# Where the contract gives a type that Harbor's own answers do not have: the path to it, and what they are.
_WRONG_TYPES: Final[Mapping[tuple[str, ...], str]] = {
    ("definitions", "InternalConfigurationValue", "properties", "value"): "the plain value of the key",
    ("definitions", "ExtraAttrs", "additionalProperties"): "texts, numbers and objects of the config",
    ("definitions", "RetentionRule", "properties", "params", "additionalProperties"): "numbers",
    ("paths", _ADDITIONS, "get", "responses", "200", "schema"): "JSON of the config, and text of files",
    ("paths", _VULNERABILITIES, "get", "responses", "200", "schema"): "reports by their MIME types",
}
_WRONG: Final = {"integer": 987_654_321, "string": "missing"}


def reduced(scene: Scene, operation_ids: Iterable[str]) -> Contract:
    """Make the contract of these operations."""
    contract = copy.deepcopy(swagger())
    wanted = {(BY_ID[name].path, BY_ID[name].method.lower()): BY_ID[name] for name in operation_ids}
    contract["paths"] = {
        path: kept for path, methods in contract["paths"].items() if (kept := _kept(path, methods, wanted))
    }
    for (path, method), operation in wanted.items():
        _fit(contract, contract["paths"][path], method, operation, scene)
    for name, fields in _HIDDEN.items():
        for field in fields:
            contract["definitions"][name]["properties"].pop(field)
    for steps in _WRONG_TYPES:
        _free(contract, steps)
    return contract


def _free(contract: Contract, steps: tuple[str, ...]) -> None:
    """Take a type out, where the operation that it belongs to is there."""
    place = contract
    for step in steps:
        place = place.get(step, {})
    place.pop("type", None)


def _kept(path: str, methods: Contract, wanted: Mapping[tuple[str, str], Operation]) -> Contract:
    verbs = {key: value for key, value in methods.items() if (path, key) in wanted}
    return {**verbs, "parameters": methods["parameters"]} if verbs and "parameters" in methods else verbs


def _fit(contract: Contract, item: Contract, method: str, operation: Operation, scene: Scene) -> None:
    body = item[method]
    parameters = [
        _resolved(contract, one) for one in (*item.get("parameters", ()), *body.get("parameters", ()))
    ]
    body["parameters"] = [_pointed(one, operation, scene) for one in parameters]
    reasons = {**STATUSES, **MORE.get(operation.operation_id, {})}
    for status, reason in reasons.items():
        body["responses"].setdefault(
            status, {"description": reason, "schema": {"$ref": "#/definitions/Errors"}}
        )


def _resolved(contract: Contract, parameter: Contract) -> Contract:
    if "$ref" in parameter:
        parameter = contract["parameters"][parameter["$ref"].rpartition("/")[2]]
    return copy.deepcopy(parameter)


def _pointed(parameter: Contract, operation: Operation, scene: Scene) -> Contract:
    if parameter["in"] == "path":
        known = {**PATH, **SCENARIOS[operation.operation_id].path}
        value = scene.fill("demo", known[parameter["name"]])
        assert value is not None, parameter
        if parameter["type"] == "integer":
            parameter["enum"] = [int(str(value)), _WRONG["integer"]]
        else:
            parameter["enum"] = [unquote(str(value)), _WRONG["string"]]
        for bound in ("minimum", "maximum", "pattern", "minLength", "format"):
            parameter.pop(bound, None)
    return parameter
