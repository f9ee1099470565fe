"""Checks an answer against a definition of the contract: types, required fields, no field beside it."""

from collections.abc import Iterator
from typing import Any

from unit.edge.api.contract import swagger

# What Havre tells beside the contract.
_ADDED = {
    "AuditLogExt": {"source_ip", "client", "request_id", "changes"},
    # Keys that Harbor has in its configuration and not in the contract, and two of Havre's own.
    "ConfigurationsResponse": {
        "ldap_group_nested",
        "ldap_start_tls",
        "pull_audit_log_disable",
        "pull_count_update_disable",
        "pull_time_update_disable",
    },
    "Robot": {"last_used_time"},
}
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def answer_schema(method: str, path: str, status: int) -> dict[str, Any] | None:
    """Find the schema of an answer; None when it has no body. Fails when the status is not foreseen."""
    answers = swagger()["paths"][path][method.lower()]["responses"]
    answer = answers[str(status)]
    if "$ref" in answer:
        answer = swagger()["responses"][answer["$ref"].rpartition("/")[2]]
    schema = answer.get("schema")
    assert schema is None or isinstance(schema, dict)
    return schema


def faults(value: object, schema: dict[str, Any], where: str = "$") -> Iterator[str]:
    """List where a value departs from its schema."""
    name = ""
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = swagger()["definitions"][name]
    if schema.get("type") == "object" and set(schema) <= {"type", "description"}:
        return  # free-form: any value, as Harbor's generator understands it
    if name == "ExtraAttrs" and isinstance(value, dict):
        return  # the contract says objects, Harbor sends what the config has
    kind = schema.get("type")
    if kind is not None and (
        not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool))
    ):
        yield f"{where} is {value!r}, not {kind}"
        return
    if isinstance(value, list):
        for index, element in enumerate(value):
            yield from faults(element, schema.get("items", {}), f"{where}[{index}]")
    elif isinstance(value, dict):
        yield from _object_faults(value, schema, where, _ADDED.get(name, set()))


def _object_faults(
    value: dict[str, object], schema: dict[str, Any], where: str, added: set[str]
) -> Iterator[str]:
    # The contract quotes some names twice.
    known = {key.strip("'"): sub for key, sub in schema.get("properties", {}).items()}
    others = schema.get("additionalProperties")
    for missing in set(schema.get("required", ())) - set(value):
        yield f"{where}.{missing} is missing"
    for key, element in value.items():
        if key in known:
            yield from faults(element, known[key], f"{where}.{key}")
        elif isinstance(others, dict):
            yield from faults(element, others, f"{where}.{key}")
        elif others is not True and key not in added:
            yield f"{where}.{key} is not in the contract"
