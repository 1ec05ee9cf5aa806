"""The rate budget: kept ahead of time, shared, corrected by what answers say, and private."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading

import pytest
from pydantic import SecretStr
from support.fake_clock import FakeClock
from support.names import ACCOUNT, NS, TOKEN, namespaces
from support.stub_server import ok

from wfp_ops.api.budget import RateBudget, bucket_name
from wfp_ops.api.ratelimit_headers import Limit
from wfp_ops.api.reads import Reads
from wfp_ops.errors import RateLimitError

BASE = "http://127.0.0.1:1/client/v4"


@pytest.fixture
def make_budget(fake_clock, tmp_path):
    """Builds budgets of one token and base URL that share a folder; they are closed at the end."""
    made = []

    def make(**changes):
        settings = {
            "token": SecretStr(TOKEN),
            "base_url": BASE,
            "clock": fake_clock,
            "state_dir": tmp_path,
            "share": 0.8,
        }
        made.append(RateBudget(**{**settings, **changes}))
        return made[-1]

    yield make
    for budget in made:
        budget.close()


def take_all(budget: RateBudget) -> tuple[int, float]:
    """How many requests may go out right now, and the wait that ends it."""
    taken = 0
    while (wait := budget.try_take()) == 0:
        taken += 1
        assert taken < 2000
    return taken, wait


@pytest.mark.parametrize(("share", "limit"), [(0.8, 960), (1.0, 1200), (0.25, 300)])
def test_a_share_of_twelve_hundred(make_budget, fake_clock, share, limit):
    """So many in five minutes and not one more; then the window slides."""
    budget = make_budget(share=share)
    taken, wait = take_all(budget)
    assert taken == limit
    assert 299 < wait <= 301
    fake_clock.advance(wait)
    assert budget.try_take() == 0


@pytest.mark.parametrize("share", [0, -1, 1.01])
def test_a_share_is_above_zero_and_at_most_one(make_budget, share):
    """Any other share is a mistake."""
    with pytest.raises(ValueError, match="share"):
        make_budget(share=share)


@pytest.mark.parametrize(("rate_limit", "share", "limit"), [(5000, 0.8, 4000), (100, 0.5, 50), (1, 0.1, 1)])
def test_an_account_that_is_allowed_more_or_less(make_budget, fake_clock, rate_limit, share, limit):
    """The share is one of the account's own rate limit; at least one request may always go out."""
    budget = make_budget(rate_limit=rate_limit, share=share)
    taken = sum(budget.try_take() == 0 for _ in range(limit + 5))
    assert taken == limit == budget.limit
    assert budget.forecast_s(limit) == pytest.approx(300)
    fake_clock.advance(301)
    assert budget.try_take() == 0


@pytest.mark.parametrize("wrong", [{"rate_limit": 0}, {"rate_limit": -5}, {"rate_window_s": 0}])
def test_a_rate_limit_of_nothing_is_a_mistake(make_budget, wrong):
    """No request, or no time, is no rate."""
    with pytest.raises(ValueError, match="rate limit"):
        make_budget(**wrong)


def test_another_window(make_budget, fake_clock):
    """A server with a window of its own: it slides as the one of five minutes does, and is told as it is."""
    budget = make_budget(rate_window_s=15)
    taken, wait = take_all(budget)
    assert taken == 960
    assert 14 < wait <= 16
    assert "960 requests in 15 s" in budget.why_waiting()
    assert repr(budget) == "RateBudget(960 requests in 15 s)"
    assert budget.forecast_s(96) == pytest.approx(1.5)
    fake_clock.advance(wait)
    assert budget.try_take() == 0


def test_headers_only_lower_a_higher_limit(make_budget):
    """Who sets too high a limit is held back by what the answers say, and never let on by it."""
    budget = make_budget(rate_limit=5000)
    budget.learn([Limit("default", 250, 30.0, 1200)])
    assert take_all(budget)[0] == 250 - 240
    other = make_budget(rate_limit=100, token=SecretStr("another"))
    other.learn([Limit("default", 900, 30.0, 1200)])
    assert take_all(other)[0] == 80


def test_two_objects_share_one_budget(make_budget):
    """What one spends the other lacks: they stand for two processes."""
    one, other = make_budget(), make_budget()
    for _ in range(500):
        one.try_take()
    assert take_all(other)[0] == 460


def test_another_process_shares_it(make_budget, tmp_path):
    """A real other process takes from the same purse, in the same five minutes."""
    from wfp_ops.clock import SystemClock

    budget = make_budget(clock=SystemClock())
    code = (
        "import sys; from pathlib import Path; from pydantic import SecretStr\n"
        "from wfp_ops.api.budget import RateBudget; from wfp_ops.clock import SystemClock\n"
        "b = RateBudget(token=SecretStr(sys.argv[1]), base_url=sys.argv[2], clock=SystemClock(),"
        " state_dir=Path(sys.argv[3]), share=0.8)\n"
        "print(sum(b.try_take() == 0 for _ in range(300)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, TOKEN, BASE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "300"
    assert take_all(budget)[0] == 660


def test_threads_share_it(make_budget):
    """Eight threads together get exactly the budget."""
    budget = make_budget()
    taken = []

    def spend() -> None:
        taken.append(sum(budget.try_take() == 0 for _ in range(200)))

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 960


@pytest.mark.parametrize(
    "changes", [{"token": SecretStr("another")}, {"base_url": "http://127.0.0.1:2/client/v4"}]
)
def test_each_token_and_base_url_has_its_own(make_budget, changes):
    """Another token or another server is another purse."""
    take_all(make_budget())
    assert take_all(make_budget(**changes))[0] == 960


def test_headers_slow_us_down(make_budget, fake_clock):
    """When others have spent, what is left by the headers counts, less the part that is theirs."""
    budget = make_budget()
    budget.learn([Limit("default", 250, 30.0, 1200)])
    taken, wait = take_all(budget)
    assert taken == 250 - 240
    assert 29 < wait <= 30
    fake_clock.advance(wait)
    assert budget.try_take() == 0


def test_headers_of_an_unknown_quota(make_budget):
    """Without a quota nothing is held back, and the last request may be ours."""
    budget = make_budget()
    budget.learn([Limit("default", 5, 30.0)])
    assert take_all(budget)[0] == 5


def test_late_answers_do_not_raise_the_budget(make_budget):
    """Answers of parallel requests come in any order: the lowest word counts."""
    budget = make_budget()
    budget.learn([Limit("default", 3, 30.0)])
    budget.learn([Limit("default", 50, 30.0)])
    assert take_all(budget)[0] == 3


def test_absurd_headers_hold_nobody_for_long(make_budget):
    """A reset in the far future counts as five minutes at most."""
    budget = make_budget()
    budget.learn([Limit("default", 0, 1e12)])
    assert budget.try_take() <= 300


def test_a_block_holds_for_everybody(make_budget, fake_clock):
    """A 429 seen by one is obeyed by all, and a shorter one later does not shorten it."""
    one, other = make_budget(), make_budget()
    one.block(60)
    one.block(5)
    assert 59 < other.try_take() <= 60
    fake_clock.advance(61)
    assert other.try_take() == 0


def test_a_clock_set_back_does_not_block_for_ever(make_budget, tmp_path):
    """Rows from the future (a shifted clock of a sandbox run) are dropped."""
    from datetime import timedelta

    from support.fake_clock import START

    future = make_budget(clock=FakeClock(START + timedelta(days=900)))
    take_all(future)
    future.block(3000)
    assert take_all(make_budget())[0] == 960


def test_the_file_is_private_and_tells_nothing(make_budget, tmp_path):
    """Folder 0700, files 0600, and neither token nor base URL in name or content."""
    budget = make_budget()
    budget.try_take()
    folder = tmp_path / "rate"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert any(file.name == f"{bucket_name(SecretStr(TOKEN), BASE)}.sqlite" for file in files)
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert TOKEN.encode() not in file.read_bytes()
        assert TOKEN not in file.name
    assert TOKEN not in repr(budget) + repr(vars(budget))


@pytest.mark.parametrize("damage", ["a file in the way", "no database"])
def test_a_folder_that_fails_is_seen(make_budget, tmp_path, damage):
    """The budget goes on in this process alone, and says so."""
    if damage == "a file in the way":
        (tmp_path / "rate").write_text("")
    else:
        (tmp_path / "rate").mkdir()
        (tmp_path / "rate" / f"{bucket_name(SecretStr(TOKEN), BASE)}.sqlite").write_bytes(
            b"no database" * 500
        )
    budget = make_budget()
    assert "not shared" in budget.note
    assert take_all(budget)[0] == 960


def test_in_process_by_default_without_a_note(make_budget):
    """Without a folder nothing was asked to be shared, so there is nothing to say."""
    budget = make_budget(state_dir=None)
    assert budget.note is None
    assert take_all(budget)[0] == 960


def test_forecast(make_budget):
    """What fits takes no time; what does not takes its share of five minutes."""
    budget = make_budget()
    assert budget.forecast_s(960) == 0
    assert budget.forecast_s(1920) == pytest.approx(300)
    take_all(budget)
    assert budget.forecast_s(96) == pytest.approx(30)


def test_a_spent_budget_says_when_to_come_back(stub_server, make_transport, tmp_path):
    """Waiting for the budget counts within the deadline; past it nothing is sent."""
    stub_server.on("GET", NS, ok(namespaces(1)))
    transport = make_transport(state_dir=tmp_path)
    take_all(transport._budget)
    with pytest.raises(RateLimitError) as caught:
        Reads(transport, ACCOUNT).list_namespaces()
    assert "2026-11-23T12:05" in caught.value.hint
    assert stub_server.received == []
    assert len(Reads(transport.with_deadline(None), ACCOUNT).list_namespaces()) == 1
    assert transport.budget_note is None


def test_headers_of_real_answers_are_learnt(stub_server, transport, fake_clock):
    """The transport listens to the headers, on refusals and successes alike."""
    told = ok(namespaces(1)).with_headers(Ratelimit='"default";r=1;t=40')
    stub_server.on("GET", NS, told, ok(namespaces(1)))
    reads = Reads(transport, ACCOUNT)
    for _ in range(3):
        reads.list_namespaces()
    assert 39 < fake_clock.monotonic() <= 41


def test_a_file_that_fails_later_is_seen(make_budget, tmp_path):
    """A database that breaks while it is used does not stop the reading, and is told."""
    budget = make_budget()
    budget.try_take()
    budget._connection.execute("DROP TABLE spent")
    assert take_all(budget)[0] == 960
    assert "not shared" in budget.note


def test_many_processes_at_once(tmp_path):
    """Processes that start in the same moment share one purse without tripping over each other."""
    code = (
        "import sys; from pathlib import Path; from pydantic import SecretStr\n"
        "from wfp_ops.api.budget import RateBudget; from wfp_ops.clock import SystemClock\n"
        "b = RateBudget(token=SecretStr('t'), base_url='u', clock=SystemClock(),"
        " state_dir=Path(sys.argv[1]), share=0.25)\n"
        "print(sum(b.try_take() == 0 for _ in range(100)), b.note)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate()[0].split(maxsplit=1) for process in running]
    assert [note.strip() for _, note in said] == ["None"] * 4
    assert sum(int(taken) for taken, _ in said) == 300
