"""One local vLLM server per user: started, watched, stopped. Knows nothing of what it is asked.

The server runs in a process group of its own, with a pid file and a log file under $WAAM_HOME/state; a start
that fails or is interrupted takes its whole group down, so nothing is left behind.
"""

import os
import socket
import subprocess
import time
from collections.abc import Callable
from threading import Event
from typing import Any, NoReturn

import httpx
import psutil
from filelock import FileLock, Timeout
from pydantic import BaseModel

from agent.errors import ServerError
from agent.model import process_group, vllm_command
from agent.model.adapter import identity, served_name, version
from agent.model.memory import needed_gib
from agent.model.precision import served_precision
from agent.settings import Settings

Progress = Callable[[str], None]


class Served(BaseModel):
    """What a server answers with and where; `served_name` is what to ask it for."""

    url: str
    model: str
    adapter: str | None = None
    served_name: str | None = None


class Running(Served):
    """The pid file: which process is ours, and what it was started with. `created` guards against a pid that was given to another process."""

    pid: int
    created: float
    started_with: dict[str, Any] = {}


class Status(Served):
    """`state`: stopped, starting (alive, not answering yet) or running."""

    state: str
    pid: int | None = None
    memory_gib: float | None = None
    log: str | None = None


class VllmServer:
    """The server of these settings. `command` can be replaced, which is how tests stand in for vLLM."""

    def __init__(self, settings: Settings, command: list[str] | None = None) -> None:
        self.settings = settings
        self.url = f"http://{settings.server.host}:{settings.server.port}"
        self.pid_file = settings.state / "vllm.json"
        self.log_file = settings.state / "vllm.log"
        self.precision = served_precision(settings)
        self._command = command

    def status(self) -> Status:
        """What is there now; a pid file whose process is gone counts as stopped."""
        running = self._running()
        log = str(self.log_file) if self.log_file.exists() else None
        if running is None:
            return Status(state="stopped", log=log, **self._served().model_dump())
        process = psutil.Process(running.pid)
        memory = sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 2**30
        state = "running" if healthy(running.url) else "starting"
        served = running.model_dump(include=set(Served.model_fields))
        return Status(state=state, pid=running.pid, memory_gib=round(memory, 2), log=log, **served)

    def up(self, progress: Progress = print, cancel: Event | None = None) -> Status:
        """Start the server, or find it running; returns when it answers. Raises ServerError with one sentence, also when another
        thread sets `cancel`: what was started is then ended."""
        lock = FileLock(self.settings.state / "vllm.lock")
        try:
            with lock.acquire(timeout=1):
                if (status := self.status()).state == "running":
                    running = self._running()
                    if running is None or running.started_with != self._wanted():
                        raise ServerError(
                            f"A server with {status.served_name or status.model} and other settings runs at {status.url}; run `waam down` first."
                        )
                    return status
                if status.state == "starting":
                    raise ServerError("A server is starting or hanging; wait a minute, or run `waam down` and then `waam up`.")
                self._end_survivors()
                self._check_room()
                return self._start(progress, cancel or Event())
        except Timeout:
            raise ServerError("Another `waam up` is starting the server; wait for it, then run `waam status`.") from None

    def become(self) -> NoReturn:
        """Go on as the server, in this process: a container or a service manager watches and ends it. Raises ServerError with one sentence."""
        command = self._command or vllm_command.command(self.settings, self.precision)
        self._check_room()
        os.execve(command[0], command, vllm_command.environment(self.settings))

    def down(self) -> bool:
        """Stop the server and everything it started, also what outlived a crash of its leader; False if nothing was running."""
        running = self._running()
        if running is None:
            return self._end_survivors()
        process_group.end(running.pid)
        self.pid_file.unlink(missing_ok=True)
        return True

    def _end_survivors(self) -> bool:
        """End what outlived a crash of the recorded leader; False if there is nothing."""
        running = self._recorded()
        found = running is not None and bool(process_group.survivors(running.pid, running.created))
        if running is not None and found:
            process_group.end(running.pid)
        self.pid_file.unlink(missing_ok=True)
        return found

    def _served(self) -> Served:
        return Served(url=self.url, model=self.settings.llm.model, adapter=version(self.settings), served_name=served_name(self.settings))

    def _wanted(self) -> dict[str, Any]:
        """What a server that runs must have been started with to be the one of these settings; the precision is in the identity as it comes out."""
        return self.settings.server.model_dump(exclude={"precision", "start_timeout_s"}) | identity(self.settings)

    def _recorded(self) -> Running | None:
        try:
            return Running.model_validate_json(self.pid_file.read_text())
        except (OSError, ValueError):
            return None

    def _running(self) -> Running | None:
        """The server whose process lives. Of one that crashed the pid file stays, for `down` and `up` to clear up after it."""
        running = self._recorded()
        return running if running is not None and process_group.leads(running.pid, running.created) else None

    def _check_room(self) -> None:
        host, port = self.settings.server.host, self.settings.server.port
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                raise ServerError(f"Port {port} is taken by another program; stop it, or set WAAM_SERVER__PORT to a free port.") from None
        free, needed = psutil.virtual_memory().available / 2**30, needed_gib(self.settings)
        if free < needed:
            raise ServerError(f"The server needs about {needed:.0f} GiB of memory and {free:.1f} GiB are free; close programs and try again.")

    def _start(self, progress: Progress, cancel: Event) -> Status:
        command = self._command or vllm_command.command(self.settings, self.precision)
        if cancel.is_set():
            raise ServerError("The start of the server was given up.")
        progress(f"starting vLLM with {served_name(self.settings)} ({self.precision}) on {self.url}; the log is {self.log_file}")
        with self.log_file.open("wb") as log:
            environment = vllm_command.environment(self.settings)
            process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment, start_new_session=True
            )
        begun = last = time.monotonic()
        try:
            running = Running(
                pid=process.pid,
                created=psutil.Process(process.pid).create_time(),
                started_with=self._wanted(),
                **self._served().model_dump(),
            )
            partial = self.pid_file.with_suffix(".partial")
            partial.write_text(running.model_dump_json())
            partial.replace(self.pid_file)
            while not healthy(self.url):
                if cancel.is_set():
                    raise ServerError("The start of the server was given up.")
                if process.poll() is not None:
                    raise ServerError(f"vLLM ended while starting: {self._last_error()} The whole log is {self.log_file}.")
                if time.monotonic() - begun > self.settings.server.start_timeout_s:
                    raise ServerError(f"vLLM did not answer within {self.settings.server.start_timeout_s:.0f} s; see {self.log_file}.")
                if time.monotonic() - last > 10:
                    last = time.monotonic()
                    progress(f"vLLM is loading, {last - begun:.0f} s")
                time.sleep(0.5)
        except BaseException:
            process_group.end(process.pid)
            self.pid_file.unlink(missing_ok=True)
            raise
        progress(f"vLLM answers after {time.monotonic() - begun:.0f} s")
        return self.status()

    def _last_error(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()
        errors = [line.strip() for line in lines if "Error" in line and "Traceback" not in line]
        return (errors or lines or ["it wrote nothing."])[-1].strip()[-300:]


def healthy(url: str) -> bool:
    """Whether the server at this address answers and is ready."""
    try:
        return httpx.get(f"{url}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
