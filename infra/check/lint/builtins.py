"""Names that Bicep itself brings along.

What they do is not here (see infra.check.evaluate).
"""

NAMESPACES = frozenset({"az", "sys"})

TYPES = frozenset(
    {"any", "array", "bool", "int", "null", "object", "resourceInput", "resourceOutput", "string"}
)

FUNCTIONS = {
    "any", "array", "base64", "base64ToJson", "base64ToString", "bool", "buildUri", "cidrHost",
    "cidrSubnet", "concat", "contains", "dataUri", "dataUriToString", "dateTimeAdd", "dateTimeFromEpoch",
    "dateTimeToEpoch", "deployer", "deployment", "deployments", "empty", "endsWith", "environment",
    "extensionResourceId", "externalInput", "fail", "filter", "first", "flatten", "format", "getSecret",
    "groupBy", "guid", "indexOf", "int", "intersection", "items", "join", "json", "last", "lastIndexOf",
    "length", "list", "listAccountSas", "listKeys", "listSecrets", "listServiceSas",
    "loadDirectoryFileInfo", "loadFileAsBase64", "loadJsonContent", "loadTextContent", "loadYamlContent",
    "managementGroup", "managementGroupResourceId", "map", "mapValues", "max", "min", "nameof", "newGuid",
    "objectKeys", "padLeft", "parseCidr", "parseUri", "pickZones", "providers", "range", "readCliArg",
    "readEnvironmentVariable", "reduce", "reference", "replace", "resourceGroup", "resourceId",
    "roleDefinitions", "shallowMerge", "skip", "sort", "split", "startsWith", "string", "subscription",
    "subscriptionResourceId", "substring", "take", "tenant", "tenantResourceId", "toLogicalZone",
    "toLogicalZones", "toLower", "toObject", "toPhysicalZone", "toPhysicalZones", "toUpper", "trim",
    "tryGet", "union", "uniqueString", "uri", "uriComponent", "uriComponentToString", "utcNow",
}  # fmt: skip

KNOWN = NAMESPACES | TYPES | FUNCTIONS


def is_known(name: str) -> bool:
    """Tell whether Bicep knows a name; it takes every function that starts with `list`, of whatever resource."""
    return name in KNOWN or name.startswith("list")
