"""A stand-in for IAM Access Analyzer, of which the emulator has nothing.

It has analyzers and archive rules, and finds what the real one would find in trust policies: roles of the account that
trust another one. Everything else of it is absent, and nothing of it is paged.
https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Operations.html
"""

import hashlib
import json
import re
import time
from urllib.parse import unquote

from ministack import app
from ministack.core import iam_actions, router
from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import iam as iam_service

_analyzers = AccountRegionScopedDict()  # name -> analyzer with its rules
_ANALYZER = re.compile(r"/analyzer/([^/]+)")
_RULES = re.compile(r"/analyzer/([^/]+)/archive-rule")
_FINDING = re.compile(r"/findingv2/([^/]+)")

# Method and path of each call, and the IAM action that it needs: of both forms of the findings it is the same.
_ROUTES = [
    ("PUT", re.compile(r"/analyzer"), "CreateAnalyzer"),
    ("GET", re.compile(r"/analyzer"), "ListAnalyzers"),
    ("DELETE", _ANALYZER, "DeleteAnalyzer"),
    ("PUT", _RULES, "CreateArchiveRule"),
    ("GET", _RULES, "ListArchiveRules"),
    ("POST", re.compile(r"/finding|/findingv2"), "ListFindings"),
    ("GET", _FINDING, "GetFinding"),
]


def _action_of(method, path):
    return next((action for verb, route, action in _ROUTES if verb == method and route.fullmatch(path)), None)


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _answer(body, status=200):
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def _absent(what):
    status, headers, body = _answer({"message": f"{what} does not exist", "resourceId": what}, 404)
    return status, {**headers, "x-amzn-errortype": "ResourceNotFoundException"}, body


def _create(asked):
    name = asked["analyzerName"]
    arn = f"arn:aws:access-analyzer:{get_region()}:{get_account_id()}:analyzer/{name}"
    _analyzers[name] = {
        "rules": [],
        "summary": {
            "arn": arn,
            "name": name,
            "type": asked["type"],
            "status": "ACTIVE",
            "createdAt": _now(),
            "tags": asked.get("tags") or {},
            **({"configuration": asked["configuration"]} if asked.get("configuration") else {}),
        },
    }
    return _answer({"arn": arn})


def _create_rule(name, asked):
    _analyzers[name]["rules"].append(
        {"ruleName": asked["ruleName"], "filter": asked["filter"], "createdAt": _now(), "updatedAt": _now()}
    )
    return _answer({})


def _trusted_outside(role):
    """The principals of other accounts, each with what it may do under which condition."""
    statements = json.loads(role.get("AssumeRolePolicyDocument") or "{}").get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principals = statement.get("Principal")
        named = principals.get("AWS", []) if isinstance(principals, dict) else principals
        for principal in named if isinstance(named, list) else [named]:
            if principal and get_account_id() not in principal:
                yield principal, statement


def _external_findings(since):
    for name, role in _by_name(iam_service._roles):
        # Found once, when analyzer and role are both there: a later listing finds nothing new.
        found_at = max(since, str(role.get("CreateDate") or ""))
        for principal, statement in _trusted_outside(role):
            actions = statement.get("Action", [])
            yield {
                "id": hashlib.sha256(f"{name} {principal}".encode()).hexdigest()[:32],
                "principal": {"AWS": principal},
                "action": actions if isinstance(actions, list) else [actions],
                "resource": role["Arn"],
                "resourceType": "AWS::IAM::Role",
                "resourceOwnerAccount": get_account_id(),
                "isPublic": principal == "*",
                "condition": {
                    key: value if isinstance(value, str) else ",".join(value)
                    for keys in (statement.get("Condition") or {}).values()
                    for key, value in keys.items()
                },
                "createdAt": found_at,
                "analyzedAt": found_at,
                "updatedAt": found_at,
                "status": "ACTIVE",
            }


def _by_name(scoped):
    return sorted(scoped.items())


async def _handle(method, path, headers, body, query_params):
    path = unquote(path).rstrip("/")
    action = _action_of(method, path)
    asked = json.loads(body) if body else {}
    if action == "ListAnalyzers":
        return _answer({"analyzers": [analyzer["summary"] for _, analyzer in _by_name(_analyzers)]})
    if action == "CreateAnalyzer":
        return _create(asked)
    if action in ("ListArchiveRules", "CreateArchiveRule", "DeleteAnalyzer"):
        name = _ANALYZER.match(path)[1]
        if name not in _analyzers:
            return _absent(name)
        if action == "DeleteAnalyzer":
            del _analyzers[name]
            return _answer({})
        return _create_rule(name, asked) if action == "CreateArchiveRule" else _answer({"archiveRules": _analyzers[name]["rules"]})
    if action == "ListFindings":
        name = asked["analyzerArn"].rsplit("/", 1)[-1]
        if name not in _analyzers:
            return _absent(name)
        analyzer = _analyzers[name]["summary"]
        external = path == "/finding" and analyzer["type"] in ("ACCOUNT", "ORGANIZATION")
        return _answer({"findings": list(_external_findings(analyzer["createdAt"])) if external else []})
    return _absent(path)


def install():
    """Has the emulator answer for the service, with IAM enforced as for any other."""
    # A name that it does not know makes it load the description of every service there is, which takes many seconds.
    router.SERVICE_PATTERNS["access-analyzer"] = {
        "host_patterns": [r"access-analyzer\."],
        "credential_scope": "access-analyzer",
    }
    iam_actions.SERVICE_TO_IAM_NAMESPACE["access-analyzer"] = "access-analyzer"
    # As it is now, with what the launcher has mended in it.
    of_others = iam_actions.extract_iam_action

    def extract_iam_action(service, method, path, *args, **kwargs):
        if service != "access-analyzer":
            return of_others(service, method, path, *args, **kwargs)
        action = _action_of(method, unquote(path).rstrip("/"))
        return f"access-analyzer:{action}" if action else None

    iam_actions.extract_iam_action = extract_iam_action
    app.SERVICE_HANDLERS["access-analyzer"] = _handle
