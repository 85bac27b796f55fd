"""Where the servers of one machine listen: on its loopback address only, each on a port of its own."""

import socket
from ipaddress import ip_address

from errors import BusyError

ADDRESS = "127.0.0.1"


def expect_free(port: int, instead: str) -> None:
    """Raises BusyError if the port can't be had; `instead` names the option or setting that takes another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as problem:
            why = f"Port {port} of {ADDRESS} can't be had: {problem.strerror}."
            raise BusyError(why, f"Stop what uses it, or choose another with {instead}.") from None


def is_loopback(host: str | None) -> bool:
    """Whether only this machine reaches that name or address."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
