"""Over HTTP, to a real server on the loopback."""
