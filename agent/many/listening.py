"""The address at which something is served over HTTP."""

import socket

from agent.errors import BadInput


def listen(host: str, port: int) -> socket.socket:
    """A socket bound there. Raises BadInput, one sentence, where that cannot be."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        raise BadInput(f"Nothing can listen at {host} port {port} ({error.strerror}); give another --port, or stop what runs there.") from None
