"""A training's settings: what the base is called, and after which steps it is written down."""

from pathlib import Path

import pytest

from finetune.llm_config import LlmConfig


def test_the_base_has_the_name_of_its_folder_unless_it_is_called_otherwise() -> None:
    config = LlmConfig(base=Path("models/some-model-16bit"))
    assert config.base_name == "some-model-16bit" and config.model_copy(update={"name": "org/some-model"}).base_name == "org/some-model"


@pytest.mark.parametrize(("save_every", "shared_every", "expected"), [(10, 4, 12), (8, 4, 8), (1, 4, 4), (3, 1, 3)])
def test_checkpoints_stand_where_the_beginning_is_read_again(save_every: int, shared_every: int, expected: int) -> None:
    assert LlmConfig(base=Path("m"), save_every=save_every, shared_every=shared_every).checkpoint_every == expected
