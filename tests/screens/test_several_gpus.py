"""A plan on several GPUs in the app: a sentence for each, one total, and one GPU at a time on the other screens."""

from pathlib import Path

from screens.widgets.form import ProfileForm
from tests.support.app_driver import answer_of, press, profile_of, request, running, screen_text
from tests.support.present import present


def shown(text: str) -> str:
    return " ".join(text.split())


async def test_the_verdict_has_a_sentence_for_each_gpu_and_a_key_shows_the_next(tmp_path: Path) -> None:
    async with running(request("train-and-serve", tmp_path), (140, 45)) as (app, pilot):
        answer = answer_of(app)
        text = shown(screen_text(app))
        for headline in present(answer.together).headlines:
            assert headline in text
        assert present(answer.together).total[:40] in text
        assert "H100 SXM, 1 of 2" in text
        await press(app, pilot, "N")
        assert answer_of(app).advice.gpu.id == "L40S"
        assert answer_of(app).joint is answer.joint, "nothing is computed again"
        assert "L40S, 2 of 2" in shown(screen_text(app))
        await press(app, pilot, "w")
        assert "L40S, 2 of 2" in shown(screen_text(app))


async def test_an_edit_of_one_gpu_keeps_the_other_and_the_gpu_in_view(tmp_path: Path) -> None:
    async with running(request("train-and-serve", tmp_path), (140, 45)) as (app, pilot):
        await press(app, pilot, "N", "m")
        app.answers.set_plan(9, 12.0)
        await press(app, pilot, "v")
        profile = profile_of(app)
        assert [(work.gpu, work.nodes, work.months) for work in profile.workload] == [
            ("H100-SXM", 16, 12),
            ("L40S", 9, 12),
        ]
        assert answer_of(app).advice.gpu.id == "L40S"
        labels = [field.label for field in app.screen.query_one(ProfileForm).fields]
        assert {"Nodes 1", "Nodes 2"} <= set(labels)
        assert [label for label in labels if label.startswith("Offer")] == ["Offers"], "they are on their own screen"


async def test_offers_are_added_judged_and_removed_for_the_gpu_in_view(tmp_path: Path) -> None:
    """An offer that names no GPU is of the one in view; one that does is of its own; the others stay as they are."""
    async with running(request("train-and-serve", tmp_path), (140, 45)) as (app, pilot):

        def offers() -> list[tuple[str | None, str]]:
            return [(quote.gpu, quote.from_) for quote in profile_of(app).quote]

        await press(app, pilot, "O", "a", *"12 months $2.40 from Acme", "enter")
        assert offers() == [("H100-SXM", "Acme")]
        assert "Acme" in screen_text(app)
        await press(app, pilot, "N", "a", *"12 months $0.60 from Beta", "enter")
        assert offers() == [("H100-SXM", "Acme"), ("L40S", "Beta")]
        assert answer_of(app).advice.gpu.id == "L40S"
        assert [view.id for view in present(answer_of(app).offers)] == ["reserved-12m-beta"]
        await press(app, pilot, "a", *"H100 24 months $2.00 from Gamma", "enter")
        assert offers()[-1] == ("H100-SXM", "Gamma")
        await press(app, pilot, "delete")
        assert sorted(offers()) == [("H100-SXM", "Acme"), ("H100-SXM", "Gamma")]


async def test_the_key_says_where_there_is_one_gpu(tmp_path: Path) -> None:
    async with running(request("lora-one-node", tmp_path), (80, 24)) as (app, pilot):
        await press(app, pilot, "N")
        assert "one GPU" in app.problem


async def test_what_is_in_hand_is_told_for_the_gpu_in_view(tmp_path: Path) -> None:
    async with running(request("train-and-serve", tmp_path), (140, 45)) as (app, pilot):
        answer = answer_of(app)
        (at,) = (at for at, field in enumerate(answer.fields) if field.label == "Contracts held")
        app.answers.edit(answer.fields[at].path, "16 L40S 6 months left at $0.80")
        await press(app, pilot, "v")
        assert "Contracts in hand" not in screen_text(app)
        await press(app, pilot, "N")
        assert "Contracts in hand: keep 2 nodes for 6 months" in shown(screen_text(app))
