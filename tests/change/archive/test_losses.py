"""What can't come back by itself, and what of that is lost for good."""

import pytest

from wfp_ops.change.archive.losses import what_cannot_return


def losses(*bindings, has_assets=False, secrets=(), **settings):
    """Both lists for a Worker ``w`` with these bindings."""
    return what_cannot_return(
        "w", {"bindings": list(bindings), **settings}, has_assets=has_assets, secrets=secrets
    )


def test_a_worker_that_holds_nothing_loses_nothing():
    """Plain values and references without data come back as they were."""
    plain = {"type": "plain_text", "name": "A", "text": "x"}
    service = {"type": "service", "name": "B", "service": "other"}
    assert losses(plain, service, migration_tag=None) == ([], [])


def test_secrets_are_named_once_and_are_not_lost_for_good():
    """By their names among the bindings and in the list of secrets."""
    secret = {"type": "secret_text", "name": "KEY"}
    cannot, irreversible = losses(secret, secrets=["KEY", "OTHER"])
    assert [sentence.split("'")[3] for sentence in cannot] == ["KEY", "OTHER"]
    assert all("put again" in sentence for sentence in cannot)
    assert irreversible == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"has_assets": True}, "static assets"),
        ({"has_assets": None}, "does not say whether it has static assets"),
        ({"migration_tag": "v3"}, "migrations (at 'v3')"),
    ],
)
def test_what_is_lost_for_good(given, said):
    """Assets, also where it is not known whether there are any; the state of migrations."""
    cannot, irreversible = losses(**given)
    assert cannot == irreversible
    assert len(irreversible) == 1
    assert irreversible[0].startswith("Worker 'w': ")
    assert said in irreversible[0]


def test_an_assets_binding_speaks_of_assets():
    """Whatever the script says of itself."""
    assert "static assets" in losses({"type": "assets", "name": "ASSETS"})[1][0]


@pytest.mark.parametrize("script", [{}, {"script_name": None}, {"script_name": "w"}])
def test_durable_objects_of_its_own_are_lost(script):
    """Their class lives in this Worker, so their data goes with it; one class is said once."""
    binding = {"type": "durable_object_namespace", "class_name": "Room", **script}
    cannot, irreversible = losses({**binding, "name": "A"}, {**binding, "name": "B"})
    assert cannot == irreversible
    assert len(irreversible) == 1
    assert "class 'Room'" in irreversible[0]


def test_durable_objects_of_another_worker_stay():
    """They are a reference, such as a store of keys or a database."""
    room = {"type": "durable_object_namespace", "name": "R", "class_name": "Room", "script_name": "other"}
    cannot, irreversible = losses(room, {"type": "kv_namespace", "name": "CACHE", "namespace_id": "0"})
    assert irreversible == []
    assert len(cannot) == 1
    assert "stays where it is: R (durable_object_namespace), CACHE (kv_namespace)" in cannot[0]


@pytest.mark.parametrize("settings", [{}, {"bindings": None}, {"bindings": "none"}])
def test_settings_without_bindings_prove_nothing(settings):
    """Nobody knows what it is bound to: that counts as lost."""
    assert "does not say what it is bound to" in what_cannot_return("w", settings, has_assets=False)[1][0]


def test_the_sentences_are_plain():
    """They go into plans and journals."""
    every, _ = losses({"type": "d1", "name": "DB"}, has_assets=True, secrets=["A"], migration_tag="v1")
    assert all(sentence.isascii() for sentence in every)
