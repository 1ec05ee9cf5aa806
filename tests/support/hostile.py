"""Names that somebody chose in order to do harm, and an audit that is full of them."""

from __future__ import annotations

from datetime import date

from support.audit_frames import audit_of, customer_list, inventory

from wfp_ops.audit.result import Audit
from wfp_ops.audit.rules import Accepted, Rules
from wfp_ops.frames.provenance import Completeness

# What runs says so in window.ran
HOSTILE = (
    "<img src=x onerror=window.ran=1>",
    "</script><script>window.ran=1</script>",
    "</noscript></title></style><script>window.ran=1</script>",
    '"><svg onload=window.ran=1>',
    "'><iframe srcdoc='<script>parent.ran=1</script>'>",
    "<!--<script>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:window.ran=1//",
    "&lt;b&gt; &amp;",
    "customer-\u202egnp.exe",
    "\u05d0\u05d1\u05d2 123 \u05d3",
    "a" * 300,
    "\U0001f469\u200d\U0001f680 \U0001f600",
    "new\nline\ttab\x00\x1b[31m",
    "\u2028\u2029\ufeff",
    "__proto__",
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(1)",
    '=HYPERLINK("http://example.com","x")',
    "=cmd|' /C calc'!A0",
    "\t=1",
    "#REF!",
    "_x0041_",
)


def hostile_audit() -> Audit:
    """An audit that shows hostile texts everywhere: names, ids, values, notes, reasons, evidence."""
    names = [*HOSTILE, *(f"customer-{name}" for name in HOSTILE)]
    proof = Completeness("unproven", HOSTILE[0])
    rules = Rules(accepted=(Accepted("unrecognised", HOSTILE[1], HOSTILE[3], date(2027, 1, 1)),))
    rows = [{"customer_id": f"id-{name}", "namespace": f"gone-{name}", "name": name} for name in HOSTILE]
    # The same id twice: both records are set aside, with their values
    rows += [{"customer_id": name} for name in HOSTILE[:4] * 2]
    return audit_of(inventory(names, rules, proof=proof), customer_list(rows), rules)
