"""The tables that queries may ask: of the workspace, of Application Insights; in the Kusto language service's words.

Only what this system's resources write is listed; another table needs its schema here first. Queries are in queries.
"""

_OF_A_TELEMETRY_ITEM = (
    "itemType: string, itemCount: int, customDimensions: dynamic, customMeasurements: dynamic, operation_Name: string, "
    "operation_Id: string, operation_ParentId: string, operation_SyntheticSource: string, session_Id: string, "
    "user_Id: string, application_Version: string, client_Type: string, client_IP: string, cloud_RoleName: string, "
    "cloud_RoleInstance: string, appId: string, appName: string, iKey: string, sdkVersion: string, itemId: string"
)
_OF_AN_APP_ROW = (
    "TenantId: string, TimeGenerated: datetime, Properties: dynamic, Measurements: dynamic, OperationName: string, "
    "OperationId: string, ParentId: string, SyntheticSource: string, SessionId: string, UserId: string, "
    "AppVersion: string, AppRoleName: string, AppRoleInstance: string, ClientType: string, ClientIP: string, "
    "IKey: string, SDKVersion: string, ItemCount: int, ReferencedItemId: string, ReferencedType: string, "
    "SourceSystem: string, Type: string, _ResourceId: string, ResourceGUID: string"
)
_OF_A_RESOURCE_LOG = (
    "TenantId: string, TimeGenerated: datetime, SourceSystem: string, Type: string, _ResourceId: string, "
    "_SubscriptionId: string, _IsBillable: string, _BilledSize: real"
)


def _item(*columns: str) -> str:
    return f"({', '.join(('timestamp: datetime', *columns, _OF_A_TELEMETRY_ITEM))})"


def _row(*columns: str) -> str:
    return f"({', '.join((*columns, _OF_AN_APP_ROW))})"


def _log(*columns: str) -> str:
    return f"({', '.join((*columns, _OF_A_RESOURCE_LOG))})"


COMPONENT = {
    "traces": _item("message: string", "severityLevel: int"),
    "customMetrics": _item(
        "name: string", "value: real", "valueCount: int", "valueSum: real", "valueMin: real", "valueMax: real",
        "valueStdDev: real",
    ),
    "requests": _item(
        "id: string", "name: string", "url: string", "success: string", "resultCode: string", "duration: real",
        "performanceBucket: string", "source: string",
    ),
    "dependencies": _item(
        "id: string", "name: string", "target: string", "type: string", "data: string", "success: string",
        "resultCode: string", "duration: real", "performanceBucket: string",
    ),
    "exceptions": _item(
        "problemId: string", "handledAt: string", "type: string", "message: string", "assembly: string",
        "method: string", "outerType: string", "outerMessage: string", "outerMethod: string", "innermostType: string",
        "innermostMessage: string", "innermostMethod: string", "severityLevel: int", "details: dynamic",
    ),
    "customEvents": _item("name: string"),
    "availabilityResults": _item(
        "id: string", "name: string", "location: string", "success: string", "message: string", "duration: real"
    ),
    "performanceCounters": _item(
        "name: string", "category: string", "counter: string", "instance: string", "value: real"
    ),
}  # fmt: skip
"""Asked at the component itself."""

WORKSPACE = {
    "AppTraces": _row("Message: string", "SeverityLevel: int"),
    "AppMetrics": _row("Name: string", "Sum: real", "Min: real", "Max: real"),
    "AppRequests": _row(
        "Id: string", "Name: string", "Url: string", "Success: bool", "ResultCode: string", "DurationMs: real",
        "PerformanceBucket: string", "Source: string",
    ),
    "AppDependencies": _row(
        "Id: string", "Name: string", "Target: string", "DependencyType: string", "Data: string", "Success: bool",
        "ResultCode: string", "DurationMs: real", "PerformanceBucket: string",
    ),
    "AppExceptions": _row(
        "ProblemId: string", "HandledAt: string", "ExceptionType: string", "Assembly: string", "Method: string",
        "OuterType: string", "OuterMessage: string", "OuterMethod: string", "InnermostType: string",
        "InnermostMessage: string", "InnermostMethod: string", "SeverityLevel: int", "Details: dynamic",
    ),
    "AppEvents": _row("Name: string"),
    "FunctionAppLogs": _log(
        "ActivityId: string", "AppName: string", "Category: string", "EventId: int", "EventName: string",
        "ExceptionDetails: string", "ExceptionMessage: string", "ExceptionType: string", "FunctionInvocationId: string",
        "FunctionName: string", "HostInstanceId: string", "HostVersion: string", "Level: string", "LevelId: int",
        "Location: string", "Message: string", "ProcessId: int", "RoleInstance: string",
    ),
    "ADFPipelineRun": _log(
        "CorrelationId: string", "OperationName: string", "Category: string", "Level: string", "Location: string",
        "PipelineName: string", "RunId: string", "Status: string", "Start: datetime", "End: datetime",
        "FailureType: string", "ErrorMessage: string", "ErrorCode: string", "Input: string", "Output: string",
        "Parameters: string", "Predecessors: string", "Tags: string", "SystemParameters: string",
        "UserProperties: string", "Annotations: string", "RunStart: datetime", "RunEnd: datetime",
    ),
    "ADFActivityRun": _log(
        "CorrelationId: string", "OperationName: string", "Category: string", "Level: string", "Location: string",
        "PipelineName: string", "PipelineRunId: string", "ActivityName: string", "ActivityRunId: string",
        "ActivityType: string", "ActivityIterationCount: int", "LinkedServiceName: string", "Status: string",
        "Start: datetime", "End: datetime", "FailureType: string", "ErrorMessage: string", "ErrorCode: string",
        "Error: string", "Input: string", "Output: string", "UserProperties: string", "Annotations: string",
        "EffectiveIntegrationRuntime: string",
    ),
    "ADFTriggerRun": _log(
        "CorrelationId: string", "OperationName: string", "Category: string", "Level: string", "Location: string",
        "TriggerId: string", "TriggerName: string", "TriggerType: string", "TriggerEvent: string", "Status: string",
        "Start: datetime", "End: datetime", "ErrorMessage: string", "ErrorCode: string", "Parameters: string",
    ),
    "AmlComputeJobEvent": _log(
        "OperationName: string", "Category: string", "JobId: string", "ExperimentId: string", "ExperimentName: string",
        "CustomerSubscriptionId: string", "WorkspaceName: string", "ClusterName: string", "ProvisioningState: string",
        "ResourceGroupName: string", "JobName: string", "ClusterId: string", "EventType: string",
        "ExecutionState: string", "ErrorDetails: string", "CreationApiVersion: string",
        "TFWorkerCount: int", "CorrelationId: string", "CreationTime: datetime", "QueueingTime: datetime",
        "ExecutionStartTime: datetime", "ExecutionEndTime: datetime", "NodeId: string",
    ),
    "AmlComputeClusterEvent": _log(
        "OperationName: string", "Category: string", "EventType: string", "ClusterName: string", "ClusterType: string",
        "CreatedBy: string", "ProvisioningState: string", "QuotaAllocated: int", "QuotaUtilized: int",
        "TargetNodeCount: int", "CurrentNodeCount: int", "MinimumNodeCount: int", "MaximumNodeCount: int",
        "IdleNodeCount: int", "RunningNodeCount: int", "PreparingNodeCount: int", "UnusableNodeCount: int",
        "LeavingNodeCount: int", "PreemptedNodeCount: int", "VmSize: string", "VmPriority: string", "ErrorCode: string",
        "ErrorMessage: string", "ClusterErrorCodes: string", "CorrelationId: string", "ScalingType: string",
    ),
    "AegDeliveryFailureLogs": _log(
        "Category: string", "OperationName: string", "EventSubscriptionName: string", "Message: string",
    ),
    "StorageBlobLogs": _log(
        "AccountName: string", "Location: string", "Protocol: string", "OperationName: string", "Category: string",
        "AuthenticationType: string", "AuthenticationHash: string", "StatusCode: string", "StatusText: string",
        "DurationMs: real", "CallerIpAddress: string", "CorrelationId: string", "Uri: string", "ObjectKey: string",
        "ResponseBodySize: long", "RequestBodySize: long", "RequesterObjectId: string", "UserAgentHeader: string",
        "ServerLatencyMs: real", "ServiceType: string",
    ),
    "AzureMetrics": _log(
        "ResourceId: string", "Resource: string", "ResourceGroup: string", "ResourceProvider: string",
        "SubscriptionId: string", "MetricName: string", "TimeGrain: string", "UnitName: string", "Total: real",
        "Count: real", "Average: real", "Minimum: real", "Maximum: real",
    ),
    "AzureDiagnostics": _log(
        "ResourceId: string", "Resource: string", "ResourceGroup: string", "ResourceProvider: string",
        "ResourceType: string", "SubscriptionId: string", "Category: string", "OperationName: string",
        "ResultType: string", "ResultDescription: string", "Level: string", "DurationMs: long",
        "CallerIPAddress: string", "CorrelationId: string",
    ),
    "AzureActivity": _log(
        "OperationNameValue: string", "Level: string", "ActivityStatusValue: string", "Caller: string",
        "CorrelationId: string", "ResourceGroup: string", "ResourceProviderValue: string", "Properties: string",
        "CategoryValue: string",
    ),
    "Usage": _log("DataType: string", "Quantity: real", "QuantityUnit: string", "IsBillable: bool", "Solution: string"),
}  # fmt: skip
"""Asked at the workspace, where the component writes, too."""
