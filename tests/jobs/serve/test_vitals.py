"""Whether a server is well: the catalog that reviewers have, and whether its sources answer."""

from __future__ import annotations

from datetime import UTC, datetime

from serving import done, run_of, server_of

from fault_server import reply
from modelsync.jobs.serve.health import Doctor, examined
from modelsync.jobs.serve.workplace import brought, served
from workplace import Workplace, rows


def looked(workplace: Workplace, before=None):
    run = run_of(workplace)
    brought(run)
    return examined(served(run), before)


def test_a_catalog_that_is_valid_and_whose_sources_answer_is_well(workplace):
    vitals = looked(workplace)
    assert (vitals.status, vitals.models, vitals.problems) == ("ok", 7, 0)
    assert [(one.source, one.state) for one in vitals.sources] == [("openrouter", "answers")]
    assert (vitals.last_success, vitals.age, vitals.due) == (None, None, ("openrouter",))
    assert vitals.commit == workplace.team.git("rev-parse", "main")


def test_a_source_that_does_not_answer_and_what_check_finds_are_said(workplace):
    workplace.answers(reply(status=404))
    workplace.says("input: 2.50 ", "input: nonsense ")
    vitals = looked(workplace)
    assert (vitals.status, vitals.problems) == ("degraded", 1)
    assert [one.state for one in vitals.sources] == ["fails"]


def test_a_catalog_that_cannot_be_read_fails_and_what_a_person_edits_is_not_looked_at(workplace):
    workplace.edit("providers:", "providers: [")
    assert looked(workplace).status == "ok"
    workplace.team.commit_all("Broken")
    vitals = looked(workplace)
    assert vitals.status == "failing"
    assert "openai.yaml" in vitals.failure


def test_it_is_looked_again_after_half_a_minute_and_of_one_commit_the_catalog_is_read_once(workplace):
    workplace.lists(*rows(o3="2.2"))
    begun = datetime.now(UTC)
    with server_of(workplace) as server:
        done(server, "sync")
        vitals = server.vitals(60)
        assert begun <= vitals.last_success <= vitals.looked
        assert vitals.age > 0
        asked = len(workplace.server.asked)
        assert server.vitals(60) is vitals
        assert len(workplace.server.asked) == asked
    (workplace.path / ".modelsync/serve/tree/catalog/providers/openai.yaml").unlink()
    assert examined(served(server.run), vitals).models == vitals.models


def test_who_does_not_want_to_wait_gets_what_is_known(workplace):
    with server_of(workplace) as server:
        assert server.vitals(0) is None
        assert server.vitals(60).status == "ok"


def test_a_look_under_way_ends_with_its_server(workplace):
    doctor = Doctor(served(run_of(workplace)))
    doctor.vitals(0)
    doctor.close()
    assert doctor.vitals(60).status == "failing"
