"""Keys: how they are written, whose one is, and that without them only this machine may ask."""

from pathlib import Path

import pytest

from agent.errors import BadInput
from agent.server.keys import check_host, is_loopback, read_keys

ONE, OTHER = "a-key-of-sixteen-and-more", "another-key-that-is-as-long"


def test_a_key_has_a_name():
    keys = read_keys(f"lab:{ONE}, shop : {OTHER}")
    assert keys and keys.name_of(f"Bearer {ONE}") == "lab" and keys.name_of(f"bearer  {OTHER} ") == "shop"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", f"Bearer {ONE}x", f"Basic {ONE}", ONE, f"Bearer {ONE[:-1]}", "Bearer é"])
def test_anything_else_is_nobodys(header: str | None):
    assert read_keys(f"lab:{ONE}").name_of(header) is None


def test_they_may_stand_in_a_file(tmp_path: Path):
    file = tmp_path / "keys"
    file.write_text(f"# of the lab\nlab:{ONE}\n\nshop:{OTHER}\n", encoding="utf-8")
    assert read_keys(str(file)).name_of(f"Bearer {OTHER}") == "shop"


def test_none_are_none():
    assert not read_keys("") and not read_keys("  ") and read_keys("").name_of("Bearer x") is None


@pytest.mark.parametrize(
    "text", ["lab", f"lab:{ONE},", f":{ONE}", "lab:", f"lab:{ONE},lab:{OTHER}", "lab:short", f"lab:{ONE},x", "lab:пароль-пароль-пароль"]
)
def test_what_cannot_be_keys_is_one_sentence_that_shows_no_key(text: str):
    with pytest.raises(BadInput) as raised:
        read_keys(text)
    assert str(raised.value).endswith(".") and ONE not in str(raised.value) and "short" not in str(raised.value)


def test_an_empty_file_asks_for_no_key_by_mistake(tmp_path: Path):
    (tmp_path / "keys").write_text("# none yet\n", encoding="utf-8")
    with pytest.raises(BadInput, match="holds no key"):
        read_keys(str(tmp_path / "keys"))


def test_only_this_machine_without_keys():
    for host in ("127.0.0.1", "localhost", "::1", "127.8.8.8"):
        assert is_loopback(host)
        check_host(host, read_keys(""))
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org", ""):
        with pytest.raises(BadInput, match="WAAM_HTTP__KEYS"):
            check_host(host, read_keys(""))
        check_host(host, read_keys(f"lab:{ONE}"))
