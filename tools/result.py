"""What every tool returns, and the one error every tool raises. Knows nothing of models or text."""

from typing import Any

from pydantic import BaseModel, Field


class ToolInputError(ValueError):
    """Input that a tool refuses: one sentence that names the field and the allowed range or next step."""


class Estimate(BaseModel):
    """One answered quantity: a number with its unit, or a label with its probability."""

    name: str
    value: float | bool | str
    unit: str | None = None
    probability: float | None = Field(None, ge=0, le=1, description="calibrated; of `value`, or of what `name` says where that is true or false")
    interval: tuple[float, float] | None = Field(None, description="conformal interval, in `unit`")
    level: float | None = Field(None, gt=0, lt=1, description="coverage level of `interval`")


class ModelInfo(BaseModel):
    """Which model answered, and on what data it was trained."""

    name: str
    version: str
    data_label: str = Field(description="e.g. `demo (synthetic)`")


class Passage(BaseModel):
    """A retrieved passage with its provenance; `caveat` says so where the source was not read or not reviewed."""

    id: str
    document: str
    title: str
    source: str
    ref: str
    text: str
    score: float
    caveat: str = ""


class ToolResult(BaseModel):
    """The form in which every tool answers.

    `summary` is a plain sentence that states the estimates; an answer can be made of summaries alone.
    """

    tool: str
    summary: str
    estimates: list[Estimate] = []
    passages: list[Passage] = []
    warnings: list[str] = []
    hints: list[str] = Field([], description="what else could be had and what it takes; says nothing about the estimates")
    model: ModelInfo | None = None
    inputs: dict[str, Any] = {}
    details: dict[str, Any] = Field({}, description="what stands behind the estimates, for a program: tables, shares, segments")
    plots: list[str] = Field([], description="files drawn, PNG and SVG")

    @property
    def pictures(self) -> list[str]:
        """The plots as PNG; the same as SVG lie beside them."""
        return [plot for plot in self.plots if plot.endswith(".png")]
