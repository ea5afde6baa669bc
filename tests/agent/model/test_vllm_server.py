"""One server, started, found, stopped, with nothing left behind. A small HTTP server stands in for vLLM."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from agent.errors import ServerError
from agent.model import process_group, vllm_command, vllm_server
from agent.model.adapter import WEIGHTS
from agent.model.vllm_server import Running, VllmServer
from agent.settings import Settings

HEALTHY = """
import http.server, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])  # vLLM has worker processes too
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404); self.end_headers()
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
DYING = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print("INFO starting"); print("RuntimeError: no CPU device found"); print("Traceback (most recent call last)")
sys.exit(1)
"""
SLOW = "import time; time.sleep(300)"


def quiet(line: str) -> None:
    pass


def group(pid: int) -> list[int]:
    """The live processes of a process group."""
    return [process.pid for process in process_group.members(pid)]


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A free port, room enough, and a short wait."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("WAAM_SERVER__PORT", str(probe.getsockname()[1]))
    monkeypatch.setenv("WAAM_SERVER__START_TIMEOUT_S", "20")
    monkeypatch.setattr(vllm_server.psutil, "virtual_memory", lambda: SimpleNamespace(available=64 * 2**30))
    return Settings()


def server(config: Settings, program: str = HEALTHY) -> VllmServer:
    return VllmServer(config, [sys.executable, "-c", program, str(config.server.port)])


@pytest.fixture
def running(config: Settings):
    stand_in = server(config)
    stand_in.up(quiet)
    yield stand_in
    stand_in.down()


class TestLife:
    def test_up_is_running_and_down_leaves_no_process(self, config: Settings):
        stand_in = server(config)
        status = stand_in.up(quiet)
        assert status.state == "running" and status.pid and status.memory_gib and status.url == f"http://127.0.0.1:{config.server.port}"
        assert len(group(status.pid)) == 2
        assert stand_in.down() is True
        assert group(status.pid) == [] and not stand_in.pid_file.exists() and stand_in.status().state == "stopped"

    def test_a_second_up_finds_it(self, running: VllmServer, config: Settings):
        assert server(config, "raise SystemExit").up(quiet).pid == running.status().pid

    def test_another_process_finds_and_stops_it(self, running: VllmServer, config: Settings):
        pid = running.status().pid
        program = "from agent.settings import Settings; from agent.model.vllm_server import VllmServer; print(VllmServer(Settings()).down())"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=dict(os.environ), timeout=60)
        assert done.stdout == "True\n" and pid and group(pid) == []

    def test_workers_that_outlive_a_crashed_leader_are_ended(self, config: Settings):
        stand_in = server(config)
        pid = stand_in.up(quiet).pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(pid)], timeout=5)
        assert len(group(pid)) == 1
        assert stand_in.status().state == "stopped" and len(group(pid)) == 1, "asking ends nothing"
        assert stand_in.down() is True
        assert group(pid) == [] and not stand_in.pid_file.exists()

    def test_one_that_becomes_the_server_has_no_other_process(self, config: Settings):
        program = "import sys; from agent.settings import settings; from agent.model.vllm_server import VllmServer; "
        program += "VllmServer(settings(), [sys.executable, '-c', 'import os; print(os.getpid(), os.environ[\"VLLM_NO_USAGE_STATS\"])']).become()"
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
            assert process.communicate(timeout=60)[0].split() == [str(process.pid), "1"]

    def test_down_without_a_server(self, config: Settings):
        assert server(config).down() is False

    def test_status_says_with_which_adapter_it_was_started(self, running: VllmServer, config: Settings):
        before = running.status()
        config.llm.adapter = "adapters/mine"
        assert server(config).status() == before and before.adapter and before.served_name == f"{config.llm.model}@{before.adapter}"


class TestFailures:
    def test_a_start_that_dies_says_its_last_error_and_leaves_no_orphan(self, config: Settings, monkeypatch: pytest.MonkeyPatch):
        started = []
        real = subprocess.Popen
        monkeypatch.setattr(vllm_server.subprocess, "Popen", lambda *a, **k: started.append(real(*a, **k)) or started[-1])
        with pytest.raises(ServerError, match=r"^vLLM ended while starting: RuntimeError: no CPU device found The whole log is .*vllm\.log\.$"):
            server(config, DYING).up(quiet)
        assert group(started[0].pid) == [] and server(config).status().state == "stopped"

    def test_a_start_that_hangs_is_given_up(self, config: Settings):
        config.server.start_timeout_s = 1
        with pytest.raises(ServerError, match="did not answer within 1 s"):
            server(config, SLOW).up(quiet)
        assert server(config).status().state == "stopped"

    def test_a_start_that_is_cancelled_leaves_nothing(self, config: Settings):
        cancel = threading.Event()
        threading.Timer(0.6, cancel.set).start()
        stand_in = server(config, SLOW)
        with pytest.raises(ServerError, match="given up"):
            stand_in.up(quiet, cancel)
        assert not stand_in.pid_file.exists() and stand_in.status().state == "stopped"

    def test_other_settings_than_the_running_server_has_are_named(self, running: VllmServer, config: Settings):
        for group, name, value in (("llm", "adapter", "elsewhere"), ("server", "precision", "float32"), ("server", "max_model_len", 4096)):
            other = Settings()
            setattr(getattr(other, group), name, value)
            with pytest.raises(ServerError, match=r"^A server with .*@waam-.* and other settings runs at .*`waam down`"):
                server(other).up(quiet)

    def test_an_adapter_that_was_trained_again_at_the_same_path_is_another(self, config: Settings, tmp_path: Path):
        config.llm.adapter = str(tmp_path)
        (tmp_path / WEIGHTS).write_bytes(b"first")
        stand_in = server(config)
        pid = stand_in.up(quiet).pid
        try:
            assert server(config).up(quiet).pid == pid
            (tmp_path / WEIGHTS).write_bytes(b"second")
            with pytest.raises(ServerError, match="other settings runs"):
                server(config).up(quiet)
        finally:
            assert stand_in.down()

    def test_ctrl_c_while_starting_leaves_nothing(self, config: Settings, monkeypatch: pytest.MonkeyPatch):
        def interrupt(url: str) -> bool:
            raise KeyboardInterrupt

        started = []
        real = subprocess.Popen
        monkeypatch.setattr(vllm_server.subprocess, "Popen", lambda *a, **k: started.append(real(*a, **k)) or started[-1])
        stand_in = server(config, SLOW)
        monkeypatch.setattr(vllm_server, "healthy", interrupt)
        with pytest.raises(KeyboardInterrupt):
            stand_in.up(quiet)
        assert not stand_in.pid_file.exists() and group(started[0].pid) == []

    def test_a_port_that_is_taken(self, config: Settings):
        with socket.socket() as other:
            other.bind(("127.0.0.1", config.server.port))
            other.listen()
            with pytest.raises(ServerError, match=f"Port {config.server.port} is taken by another program; .*WAAM_SERVER__PORT"):
                server(config).up(quiet)

    def test_too_little_memory(self, config: Settings, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(vllm_server.psutil, "virtual_memory", lambda: SimpleNamespace(available=2**30))
        with pytest.raises(ServerError, match=r"needs about \d GiB of memory and 1\.0 GiB are free"):
            server(config).up(quiet)

    def test_two_at_once_start_one(self, config: Settings):
        first = threading.Thread(target=lambda: server(config, f"import time; time.sleep(2){HEALTHY}").up(quiet))
        first.start()
        try:
            time.sleep(0.3)
            with pytest.raises(ServerError, match="Another `waam up` is starting"):
                server(config).up(quiet)
        finally:
            first.join()
            assert server(config).down()

    def test_a_model_that_is_not_built_names_the_command(self, config: Settings, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(vllm_command, "find_spec", lambda name: True)
        with pytest.raises(ServerError, match="waam models build"):
            VllmServer(config).up(quiet)

    def test_without_vllm_the_way_out_is_named(self, config: Settings, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(vllm_command, "find_spec", lambda name: None)
        with pytest.raises(ServerError, match="WAAM_LLM__BASE_URL"):
            VllmServer(config).up(quiet)


class TestPidFile:
    def write(self, stand_in: VllmServer, pid: int, created: float) -> None:
        stand_in.pid_file.write_text(Running(pid=pid, created=created, url=stand_in.url, model="m").model_dump_json())

    def test_of_a_process_that_is_gone(self, config: Settings):
        stand_in = server(config)
        self.write(stand_in, 2**22 - 7, 0.0)
        assert stand_in.status().state == "stopped" and stand_in.down() is False and not stand_in.pid_file.exists()

    def test_of_a_pid_that_now_belongs_to_another_is_not_touched(self, config: Settings):
        stand_in = server(config)
        self.write(stand_in, os.getpid(), psutil.Process().create_time() - 100)
        assert stand_in.down() is False, "this very process would have been stopped"

    def test_of_an_earlier_version_is_still_ours_to_stop(self, config: Settings):
        stand_in = server(config)
        with subprocess.Popen([sys.executable, "-c", SLOW], start_new_session=True) as process:
            created = psutil.Process(process.pid).create_time()
            old = {"pid": process.pid, "created": created, "url": stand_in.url, "model": "m", "precision": "int8", "adapter": None}
            stand_in.pid_file.write_text(json.dumps(old))
            assert stand_in.down()

    def test_that_is_torn(self, config: Settings):
        stand_in = server(config)
        stand_in.pid_file.write_text('{"pid": 1')
        assert stand_in.status().state == "stopped"

    def test_of_one_that_does_not_answer_yet(self, config: Settings):
        stand_in = server(config)
        with subprocess.Popen([sys.executable, "-c", SLOW], start_new_session=True) as process:
            self.write(stand_in, process.pid, psutil.Process(process.pid).create_time())
            assert stand_in.status().state == "starting"
            with pytest.raises(ServerError, match="`waam down` and then `waam up`"):
                stand_in.up(quiet)
            assert stand_in.down()
