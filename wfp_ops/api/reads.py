"""Every read of an account that the toolkit makes; nothing here can change anything.

Paths and shapes: API reference, "Workers for Platforms > Dispatch > Namespaces", "Workers > Scripts" and
"User / Account > Tokens > Verify".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from wfp_ops.api.completeness import ListingMovedError, Next, Pages, moved_too_often
from wfp_ops.api.envelope import Answer, wrong_shape
from wfp_ops.api.identity import named
from wfp_ops.api.models import (
    Listing,
    Namespace,
    TokenStatus,
    Worker,
    WorkerBindings,
    WorkerDetail,
    keep_unknown,
)
from wfp_ops.api.paths import (
    account_path,
    account_script_path,
    account_scripts_path,
    namespace_path,
    namespaces_path,
    path_part,
    script_path,
    scripts_path,
)
from wfp_ops.api.transport import Download, Transport
from wfp_ops.errors import (
    APIStatusError,
    AuthenticationError,
    FirewallError,
    NotFoundError,
    NotPurchasedError,
    PermissionDeniedError,
    RateLimitError,
    WorkerNotFoundError,
)

T = TypeVar("T")

_READS_OF_A_MOVING_LISTING = 3
_WORKERS_PER_PAGE = "1000"
_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 4.0


class Reads:
    """The reads of one account. Threads may share it.

    All methods raise ``APIError`` and its kin (see ``wfp_ops.errors``) when there is no answer that
    can be trusted; what else each raises stands beside it.
    """

    def __init__(self, transport: Transport, account_id: str) -> None:
        self.transport = transport
        self.account_id = account_id
        account_path(account_id)  # an id that can't stand in a path is refused now, not at the first read

    # --- namespaces -------------------------------------------------------------------------

    def list_namespaces(self) -> Listing[Namespace]:
        """Every dispatch namespace of the account, in Cloudflare's order, with the verdict whether all.

        Source: API reference, "List dispatch namespaces" (no paging documented; defended against).

        Raises:
            IncompleteListingError: the listing is shorter than it says or contradicts itself.
        """
        keys = ("namespace_name", "namespace_id")
        return self._listing(namespaces_path(self.account_id), list[Namespace], keys, {})

    def get_namespace(self, name: str, *, wait_s: float = 0.0) -> Namespace:
        """One dispatch namespace by its name, with the keys that no field has in ``extra``.

        Right after a create Cloudflare may answer 404 or 403 for some seconds: ``wait_s`` is how
        long that is waited out.

        Raises:
            NamespaceNotFoundError: there is no such namespace (or not yet, after the wait).
        """
        path = namespace_path(self.account_id, name)
        answer = self._once_visible(lambda: self.transport.call("GET", path, Namespace), wait_s)
        return named(answer, answer.result.name, name, "result.namespace_name")

    # --- Workers ----------------------------------------------------------------------------

    def list_workers(self, namespace: str, *, tags: str | None = None) -> Listing[Worker]:
        """Every Worker of one namespace, with the verdict whether all.

        Source: docs page "Workers for Platforms > Configuration > Tags" (``limit``, ``cursor``).

        Args:
            namespace: the namespace's name.
            tags: Cloudflare's filter, such as ``customer-42:yes,staging:no``.

        Raises:
            NamespaceNotFoundError: there is no such namespace.
            IncompleteListingError: the listing is shorter than it says or contradicts itself.
        """
        query = {"limit": _WORKERS_PER_PAGE, **({} if tags is None else {"tags": tags})}
        return self._listing(scripts_path(self.account_id, namespace), list[Worker], ("name",), query)

    def get_worker(self, namespace: str, worker: str) -> WorkerDetail:
        """One Worker, with the keys that no field has in ``extra``; its ``script`` is never null.

        Raises:
            WorkerNotFoundError: there is none (HTTP 404, or 200 with ``script: null``).
        """
        answer = self.transport.call("GET", script_path(self.account_id, namespace, worker), WorkerDetail)
        if answer.result.script is None:
            raise WorkerNotFoundError(
                f"the namespace {namespace!r} has no Worker {worker!r}",
                endpoint=answer.reply.endpoint,
                hint="list the namespace's Workers to see which names exist",
                status_code=answer.reply.status,
                ray_id=answer.reply.ray_id,
            )
        return named(answer, answer.result.name, worker, "result.script.id")

    def get_content(self, namespace: str, worker: str) -> Download:
        """A Worker's code as it lies at Cloudflare: one script, or multipart with all modules."""
        return self.transport.download(f"{script_path(self.account_id, namespace, worker)}/content")

    def get_settings(self, namespace: str, worker: str) -> dict[str, Any]:
        """A Worker's settings, as Cloudflare sends them."""
        return self._detail(namespace, worker, "/settings", dict[str, Any])

    def get_bindings(self, namespace: str, worker: str) -> list[dict[str, Any]]:
        """A Worker's bindings, each with ``name`` and ``type``."""
        return self._detail(namespace, worker, "/bindings", list[dict[str, Any]])

    def list_secrets(self, namespace: str, worker: str) -> list[dict[str, Any]]:
        """A Worker's secrets: names and types, never values."""
        return self._detail(namespace, worker, "/secrets", list[dict[str, Any]])

    def get_secret(
        self, namespace: str, worker: str, secret: str, *, url_encoded: bool | None = None
    ) -> dict[str, Any]:
        """One secret's name and type. ``url_encoded`` tells Cloudflare that the name is percent-encoded."""
        query = {} if url_encoded is None else {"url_encoded": "true" if url_encoded else "false"}
        path = f"{script_path(self.account_id, namespace, worker)}/secrets/{path_part(secret, 'secret')}"
        return self.transport.call("GET", path, dict[str, Any], query=query).result

    def list_tags(self, namespace: str, worker: str) -> list[str]:
        """A Worker's tags; Cloudflare sends null where there is none."""
        return self._detail(namespace, worker, "/tags", list[str] | None) or []  # type: ignore[arg-type]

    def _detail(self, namespace: str, worker: str, below: str, shape: type[T]) -> T:
        path = script_path(self.account_id, namespace, worker) + below
        return self.transport.call("GET", path, shape).result

    # --- ordinary Workers -------------------------------------------------------------------

    def list_account_workers(self) -> Listing[Worker]:
        """Every Worker of the account itself, outside all namespaces, with the verdict whether all.

        Source: API reference, "Workers > Scripts > List Workers" (no paging documented; defended against).

        Raises:
            IncompleteListingError: the listing is shorter than it says or contradicts itself.
        """
        return self._listing(account_scripts_path(self.account_id), list[Worker], ("name",), {})

    def get_account_worker_bindings(self, name: str) -> list[dict[str, Any]]:
        """The bindings of one of the account's own Workers, as Cloudflare sends them.

        Each has ``name`` and ``type``, and one of type ``dispatch_namespace`` has ``namespace``, too: an
        answer that leaves one of them out can't say that nothing is bound.
        Source: API reference, "Workers > Scripts > Settings".

        Raises:
            WorkerNotFoundError: the account has no such Worker.
        """
        path = f"{account_script_path(self.account_id, name)}/settings"
        answer = self.transport.call("GET", path, WorkerBindings)
        bindings: list[dict[str, Any]] = answer.raw_result()["bindings"]
        for at, binding in enumerate(bindings):
            target = binding.get("namespace")
            if binding["type"] == "dispatch_namespace" and not (isinstance(target, str) and target):
                raise wrong_shape(
                    answer.reply,
                    "a binding to a dispatch namespace does not say to which one",
                    f"result.bindings[{at}].namespace",
                )
        return bindings

    # --- the token --------------------------------------------------------------------------

    def verify_token(self) -> TokenStatus:
        """Whether the token is live, by the user's endpoint or, for an account-owned one, the account's.

        An account-owned token fails on the user's endpoint although it works, so that alone never
        calls a token bad. A live token may still lack every permission.

        Raises:
            AuthenticationError: neither endpoint knows the token.
        """
        try:
            return self._verified("/user/tokens/verify")
        except FirewallError:
            raise
        except (AuthenticationError, PermissionDeniedError):
            pass  # an account-owned token fails so; the account's own endpoint decides, just below
        return self._verified(f"{account_path(self.account_id)}/tokens/verify")

    def _verified(self, path: str) -> TokenStatus:
        answer = self.transport.call("GET", path, TokenStatus)
        return keep_unknown(answer.result, answer.raw_result())

    # --- how listings are read --------------------------------------------------------------

    def _listing(
        self, path: str, shape: type[list[T]], keys: Sequence[str], query: Mapping[str, str]
    ) -> Listing[T]:
        for _ in range(_READS_OF_A_MOVING_LISTING):
            listing = self._listing_once(path, shape, keys, query)
            if listing is not None:
                return listing
        raise moved_too_often(f"GET {path}", _READS_OF_A_MOVING_LISTING)

    def _listing_once(
        self, path: str, shape: type[list[T]], keys: Sequence[str], query: Mapping[str, str]
    ) -> Listing[T] | None:
        """One read from start to end, or None when the listing moved meanwhile."""
        pages: Pages[T] = Pages(keys=keys, endpoint=f"GET {path}")
        step: Listing[T] | Next = Next()
        answer: Answer[list[T]] | None = None
        while isinstance(step, Next):
            asked = {**query, **step.query()}
            try:
                # an endpoint that does not page sends the same bytes for page 2, which is the proof of it
                answer = self.transport.call("GET", path, shape, query=asked, known=answer)
            except APIStatusError as error:
                if step.probe and _refused_paging(error):
                    return pages.refused(error)
                raise
            try:
                step = pages.add(answer.result, answer.info, answer.sign_of_more)
            except ListingMovedError:
                return None
        return step

    def _once_visible(self, read: Callable[[], T], wait_s: float) -> T:
        clock = self.transport.clock
        ends = clock.monotonic() + wait_s
        pause = _FIRST_WAIT_S
        while True:
            try:
                return read()
            except (FirewallError, NotPurchasedError):
                raise
            except (NotFoundError, PermissionDeniedError):
                if clock.monotonic() + pause > ends:
                    raise
            clock.sleep(pause)
            pause = min(2 * pause, _LONGEST_WAIT_S)


def _refused_paging(error: APIStatusError) -> bool:
    return 400 <= error.status_code < 500 and not isinstance(error, RateLimitError)
