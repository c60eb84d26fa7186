"""What JSON Schema cannot say, told to schemathesis: which things exist, and which durations and times are in range.

Only data that is meant to be right is touched; what is meant to be wrong goes out as it was made.
"""

import datetime
import json
import os
import secrets

import schemathesis

KNOWN = json.loads(os.environ["MAINSTAY_KNOWN"])
IN_RANGE = {"timeout": "PT10S", "delay": "PT30S", "maxDelay": "PT10M", "expiresIn": "P30D", "overlap": "PT1H"}
LOCATIONS = {"path": "path_parameters", "query": "query", "header": "headers", "body": "body"}


@schemathesis.hook
def before_call(context, case, kwargs):
    wrong = {location.value for location, info in case.meta.components.items() if info.mode.value == "negative"} if case.meta else set()
    for location, attribute in LOCATIONS.items():
        values = getattr(case, attribute)
        if location in wrong or not values or not hasattr(values, "items"):
            continue
        if location == "path":
            for name in values:
                values[name] = KNOWN.get(name, values[name])
        elif location == "query":
            values.pop("cursor", None)  # only a list can make one
        elif location == "body":
            settle(values)
        else:
            for name in list(values):
                if name.lower() == "idempotency-key":
                    values[name] = secrets.token_hex(12)  # a key means one request
                elif name.lower() == "x-organization-id":
                    values[name] = KNOWN["organization"]


@schemathesis.hook
def filter_headers(context, headers):
    # Nobody refuses headers for being unknown.
    return not headers or "x-schemathesis-unknown-property" not in headers


def settle(body):
    for name, value in body.items():
        if name in IN_RANGE and isinstance(value, str):
            body[name] = IN_RANGE[name]
        elif name == "scheduledFor" and isinstance(value, str):
            body[name] = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).isoformat()
        elif name == "projects" and isinstance(value, list):
            body[name] = [KNOWN["project"]]
        elif name == "allowedAddresses" and isinstance(value, list):
            body[name] = ["203.0.113.0/24"]
        elif name == "retry" and isinstance(value, dict):
            settle(value)
