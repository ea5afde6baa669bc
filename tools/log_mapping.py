"""What a user says of a log: which column holds which signal, and what held for the whole of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from tools.conditions import ProcessConditions
from tools.fields import FIELDS
from tools.log_channels import CHANNELS, NEEDED
from tools.result import ToolInputError

OPTIONS = ("constant", "ignore", "sample_rate_hz")
_TEXTS = ("process", "material", "shielding_gas")


class LogSettings(TypedDict, total=False):
    """What held for the whole of a log that does not record it: a number in the unit of the name, or a text with a unit ("48 cm/min")."""

    travel_speed_mm_s: float | str
    wire_feed_speed_m_min: float | str
    wire_diameter_mm: float | str
    ctwd_mm: float | str
    gas_flow_l_min: float | str
    interpass_temperature_c: float | str
    material: str
    process: str
    shielding_gas: str


def read_mapping(mapping: Mapping[str, Any] | str | Path | None) -> dict[str, Any]:
    """The mapping as a dictionary whose keys are known. Raises ToolInputError for a file that cannot be read and for unknown keys."""
    if mapping is None:
        return {}
    if isinstance(mapping, str | Path):
        import yaml

        written = isinstance(mapping, str) and mapping.lstrip().startswith("{")  # as the warnings write it, to be pasted on a command line
        called = "The mapping" if written else f"The mapping file {Path(mapping).name[:200]!r}"
        try:
            loaded = yaml.safe_load(str(mapping) if written else Path(mapping).read_text(encoding="utf-8-sig"))  # YAML reads JSON too
        except OSError as error:
            raise ToolInputError(f"{called} cannot be opened ({error.strerror}); name a YAML or JSON file, or write the mapping itself.") from None
        except (yaml.YAMLError, ValueError):
            raise ToolInputError(f'{called} is neither YAML nor JSON, such as {{"current_a": "Primary Weld Current"}}.') from None
    else:
        loaded = mapping
    if not isinstance(loaded, Mapping):
        raise ToolInputError('A mapping names the column of each signal, such as {"current_a": "Primary Weld Current"}.')
    known = {*CHANNELS, *OPTIONS, *ProcessConditions.model_fields}
    if unknown := [str(key) for key in loaded if key not in known]:
        raise ToolInputError(f"The mapping has no signal {unknown[0][:40]!r}; it may state {', '.join(sorted(known))}.")
    return dict(loaded)


def constants(stated: Mapping[str, Any]) -> dict[str, float | str]:
    """What holds for the whole log, checked and in canonical units: `constant`, and settings that are no signals of a log."""
    constant = stated.get("constant") or {}
    if not isinstance(constant, Mapping):
        raise ToolInputError('"constant" holds settings for the whole log, such as {"travel_speed_mm_s": 8}.')
    given = {**{name: stated[name] for name in (*FIELDS, *_TEXTS) if name in stated and name not in CHANNELS}, **constant}
    if measured := [name for name in NEEDED if name in given]:
        raise ToolInputError(f"{measured[0]} cannot be a constant: it is what a log measures; map it to a column.")
    return ProcessConditions.of({str(k): v for k, v in given.items()}).given()  # type: ignore[arg-type]


def listed(names: Any) -> list[Any]:
    return names if isinstance(names, list) else [] if names is None else [names]
