"""The wire: uvicorn's HTTP protocol with a fast way in and out for blobs. No registry in here.

server     serve(): listen, workers, TLS, graceful end
body       drain_body() and send_file(): what the doors call; they work on any ASGI server
protocol   WireProtocol: one connection          cycle      one request and its response
pump       socket -> sink in threads             chunked    the chunked coding, taken apart
filesend   file -> socket                        eager      run an application without a task
reaper     deadlines of all connections          headers    response heads
workers    several processes                     certificate  reload on change
"""

from havre.edge.wire.body import drain_body, send_file
from havre.edge.wire.errors import BodyIncomplete
from havre.edge.wire.protocol import WireProtocol
from havre.edge.wire.server import ServerOptions, serve

__all__ = ["BodyIncomplete", "ServerOptions", "WireProtocol", "drain_body", "send_file", "serve"]
