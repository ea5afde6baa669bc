"""Where this machine keeps what the knowledge base needs. Knows nothing of what lies there."""

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """$WAAM_HOME, by default the user's data folder."""
    return Path(os.environ.get("WAAM_HOME") or platformdirs.user_data_path("waam"))


def models_home() -> Path:
    """Where models live."""
    return home() / "models"
