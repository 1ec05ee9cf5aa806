"""The ordinary Workers of ``acme``'s account: they bind dispatch namespaces and hand requests on to them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

from wfp_ops.sandbox.model import SeedModule, SeedNamespace, SeedWorker
from wfp_ops.sandbox.scenarios.cast import Member
from wfp_ops.sandbox.scenarios.stories import STORIES, words
from wfp_ops.sandbox.scenarios.truth import Truth

# Which message a missing Worker throws: Cloudflare docs, Workers for Platforms, dynamic dispatch.
_SOURCE = """\
export default {
  async fetch(request, env) {
    const [name] = new URL(request.url).hostname.split(".");
    try {
      return await env.@BINDING@.get(name).fetch(request);
    } catch (error) {
      if (error.message.startsWith("Worker not found")) return new Response("Not found", { status: 404 });
      return new Response("Something went wrong", { status: 500 });
    }
  },
};
"""


def build_account_workers(
    rng: random.Random, namespaces: Sequence[SeedNamespace], *, left: Member, now: datetime, truth: Truth
) -> tuple[SeedWorker, ...]:
    """The dispatcher of staging, and a forgotten one of a customer who left; both noted in the truth.

    ``left`` is a customer whose namespace is still there; ``now`` is aware UTC.
    """
    spaces, said = {space.name: space for space in namespaces}, words(left)
    gone = STORIES[left.role].spaces[0].name.format(**said)
    truth.account_worker("dispatcher", ["staging"], "hands the requests of staging to the Workers in it")
    truth.account_worker(
        "preview-router",
        [gone],
        f"showed customer {said['id']} previews, and was forgotten when the customer left on {said['left']}",
    )
    return (
        _router(rng, "dispatcher", "STAGING", spaces["staging"], until=now),
        _router(rng, "preview-router", "PREVIEW", spaces[gone], until=left.left or now),
    )


def _router(
    rng: random.Random, name: str, binding: str, space: SeedNamespace, *, until: datetime
) -> SeedWorker:
    """A Worker that binds a namespace, deployed between the namespace's creation and ``until``."""
    created = space.created_on + (until - space.created_on) * rng.random()
    modified = created + (until - created) * rng.random()
    return SeedWorker(
        name=name,
        created_on=created,
        modified_on=modified,
        compatibility_date=created.date().isoformat(),
        modules=(SeedModule("index.js", _SOURCE.replace("@BINDING@", binding)),),
        bindings=({"type": "dispatch_namespace", "name": binding, "namespace": space.name},),
        worker_id=f"{rng.getrandbits(128):032x}",
    )
