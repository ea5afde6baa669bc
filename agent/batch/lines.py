"""An answer as a line of the output, and such a line read back: in this product's own form, or in the form of OpenAI's batch files.

    waam     {"id", "question", "history" where there was one, then the object of `waam ask --json`}
    openai   {"id", "custom_id", "response": {"status_code", "request_id", "body": a chat.completion}, "error"}; that object stands in
             the body, or in the error, as `waam`

Both say which line of the input they answer (`Item.key`): the own form by what it repeats, OpenAI's by its id.
"""

import json
import time
from dataclasses import dataclass
from typing import Any, Literal

from agent.batch.items import Item
from agent.openai_form import completion
from agent.state import Answer, Message

Form = Literal["waam", "openai"]
START = b'{"id": '  # how each line of the output begins, in either form
FAILED = {"error", "refused"}
TRY_AGAIN = {"error", "degraded"}  # another run may do better; a refusal stays one
_ID = "batch_req_"
_WITHIN = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}  # some readers take them for the end of a line


@dataclass(frozen=True)
class Line:
    """A line of the output: what it answers, and the answer object."""

    key: bytes
    id: str
    question: str
    history: tuple[Message, ...]
    answer: dict[str, Any]
    form: Form

    @property
    def status(self) -> str:
        return str(self.answer["status"])

    @property
    def without_model(self) -> bool:
        return self.status == "degraded" or without_model(self.answer.get("model") or {})

    @property
    def again(self) -> bool:
        """Whether another run may answer it better."""
        return self.status in TRY_AGAIN or (self.without_model and self.status != "refused")


def without_model(model: dict[str, Any]) -> bool:
    """Whether an answer was made without the language model, by its `model`: a question back does not say so in its status."""
    return "llm" in model and model["llm"] is None


def made(item: Item, answer: Answer, form: Form) -> Line:
    return Line(item.key, item.id, item.question, item.history, answer.model_dump(mode="json"), form)


def written(line: Line) -> bytes:
    """The line's bytes, with its end."""
    before = {"history": list(line.history)} if line.history else {}
    row = _openai(line) if line.form == "openai" else {"id": line.id, "question": line.question, **before, **line.answer}
    text = json.dumps(row, ensure_ascii=False).translate(_WITHIN)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can say and UTF-8 cannot
        return json.dumps(row).encode() + b"\n"


def read(raw: bytes) -> Line:
    """The line that `written` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    row = json.loads(raw)
    if "custom_id" in row:
        key = bytes.fromhex(row["id"].removeprefix(_ID))
        answer = (row["error"] or row["response"]["body"])["waam"]
        line = Line(key, row["custom_id"], "", (), answer, "openai")
    else:
        item = Item(row["id"], row["question"], tuple(row.get("history", ())))
        line = Line(item.key, item.id, item.question, item.history, {name: row[name] for name in Answer.model_fields if name in row}, "waam")
    _ = line.answer["status"], line.answer["tool_calls"]  # an answer has them, a question has not
    return line


def _openai(line: Line) -> dict[str, Any]:
    """What was refused is a bad request; what failed has no response at all, as with OpenAI's own lines that no request came of."""
    name, said = line.key.hex(), line.answer["answer"]
    response: dict[str, Any] | None
    error = None
    if line.status == "error":
        response, error = None, {"code": "error", "message": said, "waam": line.answer}
    elif line.status == "refused":
        body = {"error": {"message": said, "type": "invalid_request_error", "param": None, "code": "refused"}, "waam": line.answer}
        response = {"status_code": 400, "request_id": name, "body": body}
    else:
        response = {"status_code": 200, "request_id": name, "body": completion(line.answer, f"chatcmpl-{name}", int(time.time()))}
    return {"id": f"{_ID}{name}", "custom_id": line.id, "response": response, "error": error}
