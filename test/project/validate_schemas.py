"""Judges documents by the published schemas with a validator that is not JavaScript's.

Standard input: {"schemas": {NAME: PATH}, "cases": [{"schema": NAME, "definition": KEY or null, "document": ...}]}.
Standard output: {"references": {NAME: COUNT}, "valid": [true or false, one for each case]}.
Ends with an exception if a schema is no valid JSON Schema (draft 2020-12) or has a reference that leads nowhere.
"""

import json
import sys

from jsonschema import Draft202012Validator


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(schema, reference):
    """The part of the schema that a reference within the same file names (RFC 6901)."""
    assert reference.startswith("#/"), f"{reference} leads out of the file"
    part = schema
    for step in reference[2:].split("/"):
        part = part[step.replace("~1", "/").replace("~0", "~")]
    return part


def checked(path):
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema", path
    Draft202012Validator.check_schema(schema)
    for reference in references(schema):
        resolve(schema, reference)
    return schema


def main():
    request = json.load(sys.stdin)
    schemas = {name: checked(path) for name, path in request["schemas"].items()}

    def is_valid(case):
        schema = schemas[case["schema"]]
        if case["definition"] is not None:
            schema = {**schema, "$ref": f"#/$defs/{case['definition']}"}
        return Draft202012Validator(schema).is_valid(case["document"])

    json.dump(
        {
            "references": {name: len(list(references(schema))) for name, schema in schemas.items()},
            "valid": [is_valid(case) for case in request["cases"]],
        },
        sys.stdout,
    )


main()
