"""How this server says no: a status, one sentence, and the error object that OpenAI's clients read."""

from typing import Any

from starlette.responses import JSONResponse

from agent.errors import WaamError

TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error", 405: "invalid_request_error",
    408: "timeout_error", 413: "invalid_request_error", 415: "invalid_request_error", 429: "rate_limit_error", 500: "server_error",
    503: "server_error", 504: "timeout_error",
}  # fmt: skip


class Refused(WaamError):
    """A request that is not served. `again_s`: after how many seconds to try again, where that helps."""

    def __init__(self, status: int, code: str, message: str, again_s: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.again_s = status, code, again_s

    def body(self) -> dict[str, Any]:
        """OpenAI's error object."""
        return {"error": {"message": str(self), "type": TYPES.get(self.status, "server_error"), "param": None, "code": self.code}}

    def response(self, **more: Any) -> JSONResponse:
        """The whole reply; `more` are further fields of its body. OpenAI's clients try an error again by themselves, which is only of use
        where the answer can be another one then."""
        again = self.again_s is not None
        headers = {"Retry-After": str(self.again_s)} if again else {"X-Should-Retry": "false"}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(self.body() | more, self.status, headers)


def busy(words: str, stopping: bool = False) -> Refused:
    """No room: 429 while the line is full, 503 while the server stops."""
    return Refused(503 if stopping else 429, "stopping" if stopping else "busy", words, again_s=60)
