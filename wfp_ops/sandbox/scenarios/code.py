"""What the customers of ``acme`` run: small Workers, each with a module that a Workers runtime takes."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from wfp_ops.sandbox.model import SeedModule, SeedWorker

_FIRST_NAMES = ("site", "site", "site", "api", "api", "app")
_NAMES = """
site api app webhook cron-sync auth assets search checkout feed redirects images reports forms
billing-hook geo-router ab-test cache-warmer sitemap mailer export import-csv status preview stock-sync
price-feed inventory newsletter uploads pdf-render translations consent session-store fraud-check
slack-bot audit-log edge-config maintenance
"""
_ALL_NAMES = tuple(_NAMES.split())
_SCHEDULED = frozenset({"cron-sync", "cache-warmer", "stock-sync", "price-feed", "reports"})
_SIGNED = frozenset({"webhook", "billing-hook", "slack-bot"})
MOST_WORKERS = len(_ALL_NAMES)

_PAGE = """\
const pages = new Map([
  ["/", "Welcome"],
  ["/about", "About us"],
  ["/contact", "Write to us"],
]);

export default {
  async fetch(request, env) {
    const title = pages.get(new URL(request.url).pathname);
    if (title === undefined) return new Response("Not found", { status: 404 });
    return new Response(`<!doctype html><title>${title}</title><h1>${title}</h1><p>${env.TENANT}</p>`, {
      headers: { "content-type": "text/html; charset=utf-8" },
    });
  },
};
"""
_SERVICE = """\
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/health") return new Response("ok");
    if (request.method !== "GET") return new Response("Method not allowed", { status: 405 });
    return Response.json({ service: "@NAME@", tenant: env.TENANT, path: pathname, query: [...searchParams] });
  },
};
"""
_HOOK = """\
const encoder = new TextEncoder();

async function signature(secret, body) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(body)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export default {
  async fetch(request, env) {
    const body = await request.text();
    const wanted = await signature(env.SIGNING_SECRET, body);
    if (request.headers.get("x-signature") !== wanted) return new Response("Bad signature", { status: 401 });
    return Response.json({ received: body.length, tenant: env.TENANT });
  },
};
"""
_JOB = """\
async function run(env) {
  const answer = await fetch(`https://${env.TENANT}.example.com/@NAME@`, { method: "POST" });
  if (!answer.ok) throw new Error(`@NAME@ answered ${answer.status}`);
}

export default {
  async fetch() {
    return new Response("@NAME@ runs on a schedule", { status: 404 });
  },
  async scheduled(event, env, ctx) {
    ctx.waitUntil(run(env));
  },
};
"""


def build_workers(
    rng: random.Random, count: int, *, tenant: str, tags: tuple[str, ...], since: datetime, until: datetime
) -> tuple[SeedWorker, ...]:
    """That many Workers (at most ``MOST_WORKERS``) of one tenant, deployed in a span (aware UTC)."""
    if not count:
        return ()
    first = rng.choice(_FIRST_NAMES)
    more = rng.sample([name for name in _ALL_NAMES if name != first], count - 1)
    return tuple(
        _worker(rng, name, tenant=tenant, tags=tags, since=since, until=until) for name in (first, *more)
    )


def _worker(
    rng: random.Random, name: str, *, tenant: str, tags: tuple[str, ...], since: datetime, until: datetime
) -> SeedWorker:
    lived = (until - since).total_seconds()
    created = since + timedelta(seconds=lived * rng.random() ** 3)  # most go up in a customer's first weeks
    modified = created + (until - created) * rng.random()
    # Whoever deploys sets the date of the day, or leaves it as it was for some months.
    compatible = modified - timedelta(days=rng.choice((0, 0, 20, 60, 150)))
    return SeedWorker(
        name=name,
        created_on=created,
        modified_on=modified,
        tags=tags,
        compatibility_date=compatible.date().isoformat(),
        handlers=("fetch", "scheduled") if name in _SCHEDULED else ("fetch",),
        modules=(SeedModule("index.js", _source(name)),),
        bindings=_bindings(name, tenant),
        worker_id=f"{rng.getrandbits(128):032x}",
    )


def _source(name: str) -> str:
    if name in _SCHEDULED:
        return _JOB.replace("@NAME@", name)
    if name in _SIGNED:
        return _HOOK
    return _PAGE if name in {"site", "app", "preview", "maintenance"} else _SERVICE.replace("@NAME@", name)


def _bindings(name: str, tenant: str) -> tuple[dict[str, Any], ...]:
    plain = {"type": "plain_text", "name": "TENANT", "text": tenant}
    return (plain, {"type": "secret_text", "name": "SIGNING_SECRET"}) if name in _SIGNED else (plain,)
