"""From the bytes of an answer to a value of the declared shape, or to the one right error.

The envelope: ``{"success": true, "errors": [], "messages": [], "result": …, "result_info": …}``
(API reference, "Cloudflare API: responses"). Fail closed: what is not exactly that is an error.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from wfp_ops.api.decoders import decoder_of, made_once
from wfp_ops.api.models import ResultInfo
from wfp_ops.api.refusals import as_code, classify
from wfp_ops.api.reply import Reply, plain
from wfp_ops.errors import APIResponseValidationError, APIStatusError, FirewallError

T = TypeVar("T")

_HINT = "the answer can't be trusted, so nothing is made from it: try again; if it stays, report the ray id"
_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_MISSING = re.compile(r"^Object missing required field `([^`]+)`")
_LINK_NEXT = re.compile(r"""\brel\s*=\s*["']?[^"',;]*\bnext\b""", re.IGNORECASE)
_HALF = re.compile(r"[\ud800-\udfff]")
_TRUNCATED = "Input data was truncated"


class Envelope(msgspec.Struct, Generic[T]):
    """The outer object of every answer that carries a result."""

    success: bool
    result: T
    # read by itself, because it is looked through for signs of another page that no field has
    result_info: msgspec.Raw = msgspec.Raw(b"null")
    # objects, but plain text on some old endpoints, so they are not judged here
    messages: Any = None


class BareEnvelope(msgspec.Struct):
    """The outer object where no result is expected: whatever ``result`` holds is not looked at."""

    success: bool


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A believed answer: its result in the declared shape, its paging part, and its bytes."""

    result: T
    info: ResultInfo | None
    messages: tuple[str, ...]
    reply: Reply = field(repr=False)

    @property
    def sign_of_more(self) -> str | None:
        """What in this answer says that there is another page, beside totals and cursor; else None."""
        if self.info is not None and self.info.sign_of_more:
            return f"result_info.{self.info.sign_of_more}"
        return "its Link header" if _LINK_NEXT.search(self.reply.headers.get("link", "")) else None

    def raw_result(self) -> Any:
        """The result decoded without a type, to keep the keys that no field has."""
        return msgspec.json.decode(self.reply.body).get("result")


@made_once
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(Envelope[shape])


def read_answer(reply: Reply, shape: type[T]) -> Answer[T] | APIStatusError | APIResponseValidationError:
    """The result of a 2xx answer in the declared shape, or the error that the answer is.

    The error is handed back, not raised, so that whoever retries can look at it first.
    """
    try:
        envelope = _decoder(shape).decode(reply.body)
        info = _read_info(envelope.result_info)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = str(error)
    else:
        if envelope.success:
            return Answer(envelope.result, info, _messages(envelope.messages), reply)
        problem = "Expected success to be true"
    return _why_not(reply, problem)


def _read_info(raw: msgspec.Raw) -> ResultInfo | None:
    """The paging part, with the signs of another page in keys that it has no field for."""
    try:
        info: ResultInfo | None = decoder_of(ResultInfo | None).decode(raw)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(_below_info(str(error))) from None
    return None if info is None else info.looked_through(msgspec.json.decode(raw))


def _below_info(problem: str) -> str:
    if _AT.search(problem):
        return problem.replace(" - at `$", " - at `$.result_info")
    return f"{problem} - at `$.result_info`"


def read_no_result(reply: Reply) -> APIStatusError | APIResponseValidationError | None:
    """Nothing, when a 2xx answer without a due result says that it worked (its body may be empty)."""
    if not reply.body.strip():
        return None
    try:
        envelope = decoder_of(BareEnvelope).decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _why_not(reply, str(error))
    return None if envelope.success else _why_not(reply, "Expected success to be true")


def _why_not(reply: Reply, problem: str) -> APIStatusError | APIResponseValidationError:
    """The error for a 2xx answer that can't be used: a refusal in disguise, or a wrong shape."""
    if reply.mitigated:
        return refusal(reply)
    if not reply.body.strip():
        return wrong_shape(reply, "the answer is empty", "result")
    body = _lenient(reply.body)
    if isinstance(body, dict) and body.get("success") is not True and _errors_of(body):
        return refusal(reply)
    if isinstance(body, dict) and body.get("success") is not True:
        return wrong_shape(reply, "the answer does not say success: true", "success")
    return wrong_shape(reply, *(_no_json(reply, problem) if body is None else _located(problem)))


def _no_json(reply: Reply, problem: str) -> tuple[str, str | None]:
    if (broken := broken_text(reply.body)) is not None:
        return "the answer holds text that is no valid Unicode: half a character", broken
    if is_truncated(reply, problem):
        return "the answer was cut", None
    return f"the answer is {'an HTML page' if reply.is_html else 'no JSON'}", None


def is_truncated(reply: Reply, problem: str) -> bool:
    """Whether a JSON body ends in the middle (a proxy may cut one without breaking the connection)."""
    # half a surrogate pair at the end of a text is called truncated, too, but comes again each time
    return problem.startswith(_TRUNCATED) and not reply.is_html and broken_text(reply.body) is None


def is_cut(reply: Reply) -> bool:
    """Whether an answer that should hold JSON is empty or ends in the middle: another try may help."""
    if not reply.body.strip():
        return True
    try:
        msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return is_truncated(reply, str(error))
    return False


def broken_text(body: bytes) -> str | None:
    """The path of the first text in a whole JSON body that holds half a surrogate pair; None without one."""
    try:
        level: list[tuple[str, Any]] = [("", json.loads(body))]
    except (ValueError, RecursionError):
        return None
    while level:
        path, value = level.pop()
        if isinstance(value, str) and _HALF.search(value):
            return path
        if isinstance(value, dict):
            if any(_HALF.search(key) for key in value):
                return path
            level += [(f"{path}.{key}" if path else key, inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            level += [(f"{path}[{at}]", value[at]) for at in reversed(range(len(value)))]
    return None


def _located(problem: str) -> tuple[str, str | None]:
    """The sentence and path of msgspec as ours: ``result[3].script_count``."""
    at = _AT.search(problem)
    path = at.group(1) if at else ""
    said = _AT.sub("", problem)
    if missing := _MISSING.match(problem):
        path = f"{path}.{missing.group(1)}" if path else missing.group(1)
        said = "it is missing"
    shown = plain(said.replace("`", ""), 200)
    return f"the answer is not what this endpoint promises: {shown[:1].lower()}{shown[1:]}", path or None


def wrong_shape(reply: Reply, said: str, path: str | None) -> APIResponseValidationError:
    """The error for an answer that is not what the endpoint promises."""
    return APIResponseValidationError(
        said,
        endpoint=reply.endpoint,
        hint=_HINT,
        field=path,
        ray_id=reply.ray_id,
        status_code=reply.status,
    )


def refusal(reply: Reply, retry_after_s: float | None = None) -> APIStatusError:
    """The error for an answer that says no, by status and codes."""
    if reply.mitigated:
        return FirewallError(
            f"{_who(reply)} answered instead of the API",
            endpoint=reply.endpoint,
            hint="your network is challenged or blocked: try another one, or send the ray id to support",
            status_code=reply.status,
            ray_id=reply.ray_id,
            body=reply.shown_body,
        )
    errors = _errors_of(_lenient(reply.body))
    first = errors[0] if errors else {}
    kind, hint = classify(reply.status, errors, reply.path)
    return kind(
        _said(reply, first),
        endpoint=reply.endpoint,
        hint=_with_documentation(hint, first),
        status_code=reply.status,
        code=as_code(first.get("code")),
        errors=errors,
        field=_pointer(first),
        ray_id=reply.ray_id,
        retry_after_s=retry_after_s,
        body=reply.shown_body,
    )


def _who(reply: Reply) -> str:
    return "Cloudflare's firewall" if reply.from_cloudflare else "a firewall or proxy on the way"


def _said(reply: Reply, first: dict[str, Any]) -> str:
    message = first.get("message")
    if isinstance(message, str) and message.strip():
        return f"Cloudflare refused: {plain(message)}"
    if 300 <= reply.status < 400:
        return "the server answered with a redirect, which is not followed: the token stays with its host"
    return f"Cloudflare answered HTTP {reply.status}" + (" with an HTML page" if reply.is_html else "")


def _with_documentation(hint: str, first: dict[str, Any]) -> str:
    url = first.get("documentation_url")
    return f"{hint} (see {plain(url, 200)})" if isinstance(url, str) and url.startswith("https://") else hint


def _pointer(first: dict[str, Any]) -> str | None:
    source = first.get("source")
    pointer = source.get("pointer") if isinstance(source, dict) else None
    return plain(pointer, 200) if isinstance(pointer, str) else None


def _lenient(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _errors_of(body: Any) -> list[dict[str, Any]]:
    """The envelope's errors; a few endpoints answer ``{code, error}`` without an envelope."""
    if not isinstance(body, dict):
        return []
    errors = body.get("errors")
    if isinstance(errors, list) and errors:
        return [item if isinstance(item, dict) else {"message": str(item)} for item in errors]
    if "code" in body and "error" in body:
        return [{"code": body["code"], "message": str(body["error"])}]
    return []


def _messages(found: Any) -> tuple[str, ...]:
    """The envelope's messages as text; they come as objects or as plain strings."""
    if not isinstance(found, list):
        return ()
    texts = (item.get("message", "") if isinstance(item, dict) else item for item in found)
    return tuple(plain(str(text)) for text in texts)
