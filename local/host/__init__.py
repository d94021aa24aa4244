"""A Functions host for one machine: it reads the decorated app, listens, and runs its functions in worker processes.

It stands in for Azure's host and the Core Tools. What durable orchestrators do is not here, but in local.durable.
"""

from local.host.errors import FunctionFailed, HostError
from local.host.holding import held
from local.host.host import Host, running_host, serve
from local.host.options import HostJson, HostOptions

__all__ = ["FunctionFailed", "Host", "HostError", "HostJson", "HostOptions", "held", "running_host", "serve"]
