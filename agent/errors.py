"""Every error this product raises on purpose.

WaamError                 one sentence that names the next step; the command line prints it
├── BadInput              the person's input cannot be used (exit code 2)
├── WeightsError          weights are missing, cannot be had, or do not match their hash
├── ServerError           the vLLM server cannot be started, reached or stopped
├── ModelUnavailable      no language model answers; the turn goes on degraded
└── Busy                  too many others are asking; later there is room

`tools.result.ToolInputError` is the one error of the tools; the command line treats it as BadInput.
"""


class WaamError(Exception):
    """Base of all: its message is one clear sentence for the person at the terminal."""


class BadInput(WaamError):
    """What the person typed cannot be used as it is."""


class WeightsError(WaamError):
    """Model weights are missing, unobtainable or not the pinned ones."""


class ServerError(WaamError):
    """The vLLM server could not be started, reached or stopped."""


class ModelUnavailable(WaamError):
    """The language model did not answer; tools and knowledge still work."""


class Busy(WaamError):
    """So many questions wait already that another one would wait too long."""
