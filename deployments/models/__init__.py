"""One file per noun. State changes are verbs on the model; what must never be is a constraint."""

from deployments.models.dotenv import DotenvVersion
from deployments.models.environment import Environment
from deployments.models.hook import Hook
from deployments.models.instance import Instance
from deployments.models.operation import ConfigurationChange, Deployment, Operation, Status
from deployments.models.secret import Secret
from deployments.models.step import LogChunk, Step
from deployments.models.worker import WorkerHeartbeat

__all__ = [
    "ConfigurationChange",
    "Deployment",
    "DotenvVersion",
    "Environment",
    "Hook",
    "Instance",
    "LogChunk",
    "Operation",
    "Secret",
    "Status",
    "Step",
    "WorkerHeartbeat",
]
