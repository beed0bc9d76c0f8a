"""The player in a real browser: every reply on the page against the simulator's, every control."""

from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import SIZES, Opened, Player
from jobs_for_tests import instances, request, simulate, world
from player_pages import LESSONS, Json, Lesson, create, data_of, stop, told_live
from playwright.sync_api import expect

from simjob import Simulation, Workload
from simjob.pictures.player.scenes import with_outage
from simjob.world import LogSeries

SCHEMES = ("light", "dark")


def html_of(name: str) -> str:
    return told_live(LESSONS[name]).to_html()


def replies(lesson: Lesson, name: str, at_ms: list[int], **changes: object) -> list[Json]:
    """What the simulator answers at those instants, lived anew."""
    told: list[Json] = []
    told_live(
        lesson,
        lambda sim: told.append(sim.describe_training_job(TrainingJobName=name)),
        tuple(at_ms),
        **changes,
    )
    return told


def steps(player: Player, where: str = "record") -> list[tuple[int, Json]]:
    """All steps to the end, from here: the instant and the reply on the page."""
    found = [(player.at_ms, player.reply(where))]
    while not player.at_the_end:
        player.press("ArrowRight")
        found.append((player.at_ms, player.reply(where)))
    return found


# Walking through.


@pytest.mark.parametrize("name", LESSONS)
def test_every_step_shows_the_simulators_own_reply_and_what_changed(
    opened: Opened, name: str
) -> None:
    player = opened(html_of(name))
    shown = steps(player)
    (job, *_) = told_live(LESSONS[name]).jobs.values()
    instants = [each["StartTime"] for each in job.record["SecondaryStatusTransitions"]]
    assert {round(1000 * each) for each in instants} <= {at_ms for at_ms, _ in shown}
    told = replies(LESSONS[name], job.name, [at_ms for at_ms, _ in shown])
    assert [reply for _, reply in shown] == told
    assert [list(reply) for _, reply in shown] == [list(reply) for reply in told]
    player.press("Home")
    for before, after in pairwise(told):
        player.press("ArrowRight")
        if before != after:
            marked = [key for key in after if after[key] != before.get(key)]
            assert player.changed() == marked
            assert all(key in player.text("changes") for key in marked)
        assert player.lit == (after["TrainingJobStatus"], after["SecondaryStatus"])
        assert player.text("secondary") == after["SecondaryStatus"]
        assert player.text("primary") == after["TrainingJobStatus"]
        assert after["SecondaryStatus"] in player.text("live")


def test_steps_back_show_the_same_replies(opened: Opened) -> None:
    player = opened(html_of("spot, live"))
    forth = steps(player)
    back = [(player.at_ms, player.reply())]
    while player.usable("back"):
        player.press("ArrowLeft")
        back.append((player.at_ms, player.reply()))
    assert back[::-1] == forth


@pytest.mark.parametrize("name", ["success", "live", "spot, live", "warm pool", "updated"])
def test_scrubbing_shows_the_simulators_own_reply_at_that_instant(
    opened: Opened, name: str
) -> None:
    html = html_of(name)
    job = data_of(html)["jobs"][0]
    player = opened(html)
    start_ms = player.at_ms
    end_ms = job["track"]["moments"][-1][0]
    for share in (0.1, 0.3, 0.301, 0.5, 0.77, 0.95, 0.999, 0.6, 0.2, 0.04):
        player.scrub_to(start_ms + round(share * (end_ms - start_ms)))
        (told,) = replies(LESSONS[name], job["name"], [player.at_ms])
        assert player.reply() == told
        assert list(player.reply()) == list(told)


def test_what_counts_is_marked_only_where_the_two_histories_count_apart(opened: Opened) -> None:
    player = opened(html_of("live"))
    player.page.locator("#scrub").evaluate("each => { each.value = each.max * 0.6; }")
    player.page.locator("#scrub").dispatch_event("input")
    player.press("s")
    counter = player.page.locator('#record-other [data-member="TrainingTimeInSeconds"]')
    text, marked = counter.text_content(), "differs"
    assert marked not in (counter.get_attribute("class") or "")
    player.scrub_to(player.at_ms + 5_000)
    assert counter.text_content() != text
    assert marked not in (counter.get_attribute("class") or "")
    player.press("End")
    assert marked in (counter.get_attribute("class") or "")


def test_a_click_on_the_timeline_goes_there(opened: Opened) -> None:
    player = opened(html_of("success"))
    box = player.page.locator(".row.chosen .bar").bounding_box()
    assert box is not None
    player.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert player.text("secondary") == "Training"


def test_play_goes_on_to_the_end_and_pause_holds_it(opened: Opened) -> None:
    player = opened(html_of("success"))
    page = player.page
    page.click("#play")
    expect(page.locator("#scrub")).not_to_have_value("0")
    assert player.text("play") == "Pause"
    page.click("#play")
    held_ms = player.at_ms
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert player.at_ms == held_ms
    assert player.text("play") == "Play"
    page.select_option("#rate", label="1 h a second")
    page.click("#play")
    expect(page.locator("#next")).to_have_attribute("aria-disabled", "true")
    assert player.text("secondary") == "Completed"
    assert player.text("play") == "Play"


def test_the_bill_the_log_and_the_events_grow(opened: Opened) -> None:
    player = opened(html_of("success"))
    assert player.text("dollars") == "$0.00"
    assert player.text("log") == "Nothing is written yet."
    player.press("End")
    job = told_live(LESSONS["success"]).jobs["job"]
    assert player.text("dollars") == f"${job.bill.dollars:.4f}"
    assert player.page.locator("#log li").count() == len(job.logs)
    assert player.page.locator("#events li").count() == len(job.history) + 1


# What if.


@pytest.mark.parametrize("name", ["success", "live", "retired", "spot, live", "hosts", "failure"])
def test_stop_in_each_phase_shows_the_other_history_beside_the_first(
    opened: Opened, name: str
) -> None:
    lesson, html = LESSONS[name], html_of(name)
    (job,) = data_of(html)["jobs"]
    stops = [each for each in job["scenes"] if each["kind"] == "stop"]
    assert len(stops) >= 3
    player = opened(html)
    for scene in stops:
        _, _, from_ms, to_ms = job["track"]["phases"][scene["phase"]]
        player.scrub_to((from_ms * 2 + to_ms) // 3)
        player.page.click("#stop")
        assert player.at_ms == scene["at_ms"]
        assert "With a stop at +" in player.text("other-heading")
        assert "in the middle of" in player.text("other-told")
        shown = steps(player, "record-other")
        at_ms = [each for each, _ in shown]
        stopped = [*lesson.calls, stop(scene["at_ms"] - job["track"]["moments"][0][0])]
        assert [reply for _, reply in shown] == replies(lesson, "job", at_ms, calls=stopped)
        assert [player.reply()] == replies(lesson, "job", [player.at_ms])
        last = shown[-1][1]
        assert last["SecondaryStatus"] in player.text("comparison")
        assert player.lit == (last["TrainingJobStatus"], last["SecondaryStatus"])
        player.press("Escape")
        assert player.page.locator("#other").is_hidden()


def test_stop_after_the_end_is_refused_in_the_words_of_the_api(opened: Opened) -> None:
    player = opened(html_of("success"))
    player.press("End", "s")
    assert player.page.locator("#other").is_hidden()
    assert player.text("message") == (
        "StopTrainingJob: ValidationException: The request was rejected because the training job "
        "is in status Completed."
    )


def test_a_stop_of_a_stopping_job_says_that_nothing_changes(opened: Opened) -> None:
    html = html_of("stopped")
    (job,) = data_of(html)["jobs"]
    player = opened(html)
    (stopping,) = [each for each in job["track"]["phases"] if each[0] == "Stopping"]
    player.scrub_to((stopping[2] + stopping[3]) // 2)
    player.press("s")
    assert "Nothing changes" in player.text("other-told")


def test_the_market_and_the_limit_have_their_histories_too(opened: Opened) -> None:
    lesson, html = LESSONS["spot"], html_of("spot")
    (job,) = data_of(html)["jobs"]
    player = opened(html)
    training = next(each for each in job["track"]["phases"] if each[0] == "Training")
    player.scrub_to(training[2] + 1000)
    player.page.click("#interruption")
    shown = steps(player, "record-other")
    at_ms = [each for each, _ in shown]
    surroundings = with_outage(lesson.world, at_ms[0])
    assert [reply for _, reply in shown] == replies(lesson, "job", at_ms, world=surroundings)
    assert shown[0][1]["SecondaryStatus"] == "Interrupted"
    player.press("Escape", "l")
    assert player.text("other-heading").startswith("With MaxRuntimeInSeconds = ")
    assert steps(player, "record-other")[-1][1]["SecondaryStatus"] == "MaxRuntimeExceeded"


# The keyboard.


def test_the_keyboard_alone_does_it_all(opened: Opened) -> None:
    player = opened(html_of("spot, live"))
    page = player.page
    reached = []
    for _ in range(40):
        player.press("Tab")
        reached.append(player.focused)
    controls = ["play", "next", "last", "rate", "stop", "limit", "scrub", "diagram"]
    assert [each for each in reached if each in controls][: len(controls)] == controls
    page.evaluate("document.activeElement.blur()")
    rate = page.locator("#rate").input_value()
    player.press("+")
    assert int(page.locator("#rate").input_value()) > int(rate)
    player.press("-")
    assert page.locator("#rate").input_value() == rate
    start_ms = player.at_ms
    player.press("End")
    assert player.at_the_end
    whole_ms = player.at_ms - start_ms
    player.press("Home", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowLeft")
    assert player.at_ms - start_ms == pytest.approx(whole_ms / 50, abs=2)
    player.press("Space")
    assert player.text("play") == "Pause"
    player.press("Space")
    assert player.text("play") == "Play"
    player.press("s")
    assert page.locator("#stop").get_attribute("aria-pressed") == "true"
    player.press("Escape")
    assert page.locator("#stop").get_attribute("aria-pressed") == "false"
    page.locator("#scrub").focus()
    before_ms = player.at_ms
    player.press("ArrowRight")
    assert player.at_ms > before_ms
    assert page.locator("#scrub").get_attribute("aria-valuetext") == player.text("live")


def test_a_button_of_no_use_keeps_the_focus_and_ignores_the_press(opened: Opened) -> None:
    player = opened(html_of("success"))
    for button, other in (("last", "first"), ("first", "last"), ("next", "back"), ("back", "next")):
        player.page.locator(f"#{button}").focus()
        presses = 0
        while player.usable(button):
            player.press("Enter")
            presses += 1
        at_ms = player.at_ms
        player.press("Enter", "Space")
        assert (player.focused, player.at_ms) == (button, at_ms)
        assert player.usable(other)
        assert presses > (button in {"next", "back"})


def test_on_leaving_another_history_the_focus_goes_back_to_its_question(opened: Opened) -> None:
    player = opened(html_of("spot"))
    for key, kind in (("s", "stop"), ("l", "limit")):
        for leaving in ("Enter", "Escape"):
            player.press(key)
            player.page.locator("#leave").focus()
            player.press(leaving)
            assert player.page.locator("#other").is_hidden()
            assert player.focused == kind


def test_jobs_are_chosen_by_key_list_and_timeline(opened: Opened) -> None:
    player = opened(html_of("queue"))
    player.press("j")
    player.press("End")
    assert player.reply()["TrainingJobName"] == "b"
    player.page.select_option("#job", label="c")
    assert player.reply()["TrainingJobName"] == "c"
    player.page.get_by_role("button", name="a", exact=True).click()
    assert player.reply()["TrainingJobName"] == "a"
    player.press("End")
    bills = [job.bill.dollars or 0 for job in told_live(LESSONS["queue"]).jobs.values()]
    assert player.text("sum-told") == f"All 3 jobs together by now: ${sum(bills):.4f}."
    player.press("Home", "j")
    assert player.text("secondary") == "Not created yet"


# How it looks, and to whom.


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("name", ["spot, live", "queue"])
def test_axe_finds_nothing_serious_and_nothing_is_cut_off(
    opened: Opened, name: str, width: int, scheme: str
) -> None:
    player = opened(html_of(name), width, scheme)
    for keys in ([], ["ArrowRight"] * 3, ["s"], ["End"]):
        player.press(*keys)
        found = Axe().run(player.page).response["violations"]
        assert [
            (each["id"], each["nodes"][0]["target"], each["nodes"][0]["failureSummary"])
            for each in found
            if each["impact"] in {"serious", "critical"}
        ] == []
        assert player.page.evaluate("document.documentElement.scrollWidth") == width


CONTRASTS = """() => [...document.querySelectorAll("#diagram text")].map((text) => {
    const light = (colour) => {
        const [red, green, blue] = colour.match(/[0-9.]+/g).map((each) => each / 255)
            .map((each) => (each > 0.04045 ? ((each + 0.055) / 1.055) ** 2.4 : each / 12.92));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    for (let each = text; each.id !== "diagram"; each = each.parentElement) {
        if (getComputedStyle(each).opacity !== "1") return 0;
    }
    const below = [...text.parentElement.querySelectorAll(".box, .chip")].concat(
        ...document.querySelectorAll("#diagram .region rect"));
    const fills = below.map((each) => getComputedStyle(each).fill);
    const papers = fills.filter((each) => /^rgb/.test(each));
    const own = light(getComputedStyle(text).fill);
    return Math.min(...papers.map((paper) => {
        const other = light(paper);
        return (Math.max(own, other) + 0.05) / (Math.min(own, other) + 0.05);
    }));
})"""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_stands_at_arrows_can_be_read_also_where_they_are_not_lit(
    opened: Opened, scheme: str
) -> None:
    player = opened(html_of("live"), scheme=scheme)
    player.press("ArrowRight", "ArrowRight")
    contrasts = player.page.evaluate(CONTRASTS)
    assert len(contrasts) > 40
    assert min(contrasts) >= 4.5  # WCAG 2.2, AA


BROKEN = """() => {
    const found = [];
    document.querySelectorAll("#comparison :is(th, td)").forEach((cell) => {
        const text = cell.firstChild;
        for (const word of (text ? text.data : "").matchAll(/[^ ]+/g)) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const lines = new Set([...range.getClientRects()].map((each) => each.top));
            if (lines.size !== 1 && !word[0].includes("/")) found.push(word[0]);
        }
    });
    return found;
}"""


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("name", ["spot, live", "failure", "limit"])
def test_no_word_of_a_comparison_is_broken(opened: Opened, name: str, width: int) -> None:
    player = opened(html_of(name), width)
    player.press("ArrowRight", "ArrowRight", "ArrowRight")
    for key in "sil":
        player.press(key)
        if player.page.locator("#other").is_hidden():
            assert (name, key) in {("failure", "i"), ("limit", "i")}
            continue
        assert player.page.get_by_role("row").count() == 7
        assert player.page.get_by_role("rowheader").count() == 6
        assert player.page.evaluate(BROKEN) == []
        player.press("Escape")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", SIZES)
def test_what_it_looks_like(opened: Opened, screenshots: Path, width: int, scheme: str) -> None:
    player = opened(lesson_page(), width, scheme)
    player.press(*["ArrowRight"] * 4)
    player.scrub_to(player.at_ms + 60_000)
    player.page.evaluate("document.activeElement.blur()")
    if (width, scheme) == (1440, "light"):
        whole = {"x": 0, "y": 0, "width": 1440, "height": 1440}
        player.page.screenshot(path=screenshots / "player.png", full_page=True, clip=whole)
    player.page.screenshot(path=screenshots / f"player-{width}-{scheme}.png", full_page=True)
    player.press("s")
    player.page.screenshot(path=screenshots / f"player-{width}-{scheme}-stop.png", full_page=True)
    paper = player.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper[4:-1].split(","))) < 200) == (scheme == "dark")


def lesson_page() -> str:
    """The lesson of the README's picture."""
    saving = Workload(
        duration=600,
        on_sigterm="save",
        save_time=45,
        artifact_bytes=260_000_000,
        logs=[LogSeries(text="{{'loss': {value:.4f}}}", every=30, first=0.69, last=0.21)],
    )
    kind = instances(2, "ml.p3.2xlarge")
    lesson = Lesson(
        [create(name="fine-tuning", ResourceConfig=kind)], world=world(default_workload=saving)
    )
    return told_live(lesson).to_html()


# Bad input.


def test_hostile_text_is_shown_as_it_is(opened: Opened) -> None:
    text = "</script><script>alert(1)</script><img src=x onerror=alert(2)><!--"
    failing = Workload(
        duration=60,
        exit_code=1,
        failure=text,
        logs=[LogSeries(text=text, every=10, first=0, last=1)],
    )
    sim = Simulation(world(default_workload=failing), edition="live")
    sim.create_training_job(**request(HyperParameters={text: text}))
    sim.run()
    player = opened(sim.to_html())
    assert player.page.locator("script").count() == 2
    steps(player)
    assert player.reply() == sim.jobs["job"].record
    assert text in player.text("message")
    assert text in player.text("log")
    player.press("Home", "s", "End")
    assert player.page.locator("img").count() == 0


def test_a_page_without_jobs_says_so(opened: Opened) -> None:
    player = opened(Simulation().to_html())
    assert player.page.locator("#empty").is_visible()
    assert player.page.locator("#diagram svg").is_visible()
    player.press("Space", "ArrowRight", "s")


def test_5000_jobs_are_said_to_be_left_out(opened: Opened) -> None:
    sim = simulate("documented", *[request(f"job-{number}") for number in range(5000)])
    player = opened(sim.to_html())
    assert "of 5,000 the page shows the first 50" in player.text("left-out")
    player.press("j", "End")
    assert player.reply() == sim.jobs["job-1"].record
