"""Order: the real tier first. It builds the models, and the tests elsewhere that want them then need not be skipped."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "tests/real/" not in item.path.as_posix())
