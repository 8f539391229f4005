"""What figures show, on data with known answers; nothing is rendered but where a test says so."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from pellucid.studio.figures import (
    collapse,
    curves,
    decision,
    dictionary,
    drift,
    failure,
    imagination,
    label_paths,
    landscape,
    paths,
    reached,
    sparse_code,
    style,
)

ROOM = np.full((64, 64, 3), 200, np.uint8)
OTHER = np.full((64, 64, 3), 90, np.uint8)


def titles(figure: Figure) -> list[str]:
    return [panel.get_title(loc="left") for panel in figure.axes if panel.get_title(loc="left")]


def journey(index: int, *, solved: bool, room: np.ndarray = ROOM) -> paths.Journey:
    path = np.array([[10.0, 10.0], [20.0, 15.0], [30.0, 30.0 + index]])
    return paths.Journey(index, room, path, np.array([50.0, 50.0]), solved)


def test_solved_and_failed_paths_are_told_apart_by_panel_colour_and_dash() -> None:
    figure = paths.draw([journey(i, solved=i < 3) for i in range(5)])
    solved, failed = figure.axes
    assert titles(figure) == ["Solved: 3 of 5 episodes", "Not solved: 2 of 5 episodes"]
    assert len(solved.lines) == 3
    assert len(failed.lines) == 2
    assert {line.get_color() for line in solved.lines} == {style.SOLVED}
    assert {line.get_color() for line in failed.lines} == {style.FAILED}
    assert solved.lines[0].get_linestyle() != failed.lines[0].get_linestyle()
    np.testing.assert_array_equal(failed.lines[1].get_xydata()[-1], [30.0, 34.0])
    assert solved.get_xlabel() == "x (pixels)"
    assert solved.get_ylim() == (64.0, 0.0), "y downwards, as in pictures"


def test_rooms_of_their_own_are_drawn_apart_the_failed_first() -> None:
    rooms = (ROOM, OTHER)
    figure = paths.draw([journey(i, solved=i != 2, room=rooms[i % 2]) for i in range(3)])
    shown = titles(figure)
    assert shown[0] == "Task 2: not solved in 2"
    assert shown[1:] == ["Task 0: solved in 2 steps", "Task 1: solved in 2 steps"]


def test_of_many_failures_and_successes_both_are_seen() -> None:
    many = [journey(i, solved=i >= 20, room=(ROOM, OTHER)[i % 2]) for i in range(40)]
    shown = titles(paths.draw(many))
    assert len(shown) == paths.SHOWN
    assert sum("not solved" in title for title in shown) == paths.SHOWN // 2


def imagined(offset: float) -> imagination.Imagination:
    real = np.stack([np.arange(5.0), np.arange(5.0)], -1)
    return imagination.Imagination(
        7, ROOM, real + np.array([0.0, offset]), real, np.array([9.0, 9.0])
    )


def test_imagined_and_real_are_both_drawn_and_their_distance_is_said() -> None:
    figure = imagination.draw([imagined(0.0), imagined(3.0)])
    assert titles(figure) == ["Task 7: median 0.0 px apart", "Task 7: median 3.0 px apart"]
    real, dreamt = figure.axes[1].lines
    assert real.get_color() == style.REAL
    np.testing.assert_allclose(dreamt.get_ydata() - real.get_ydata(), 3.0)


@pytest.mark.parametrize(
    ("slope", "words"),
    [
        (1.0, "stays within 4 px of reality for 4 of 10 steps"),
        (0.1, "for 10 of 10 steps"),
    ],
)
def test_the_drift_says_how_far_imagination_can_be_trusted(slope: float, words: str) -> None:
    error = slope * np.tile(np.arange(11.0), (21, 1))
    figure = drift.draw(drift.Drift(error, 2 * error, 4.0))
    assert words in titles(figure)[0]
    assert "median of 21 plans" in titles(figure)[0]
    (panel,) = figure.axes
    assert (panel.get_xlabel(), panel.get_ylabel()) == (
        "steps ahead",
        "imagined to real place (pixels)",
    )
    middle, null = panel.lines[:2]
    np.testing.assert_allclose(null.get_ydata(), 2 * middle.get_ydata())


def test_states_without_places_are_called_so() -> None:
    error = np.full((3, 6), 9.0)
    figure = drift.draw(drift.Drift(error, error, 4.0))
    assert titles(figure) == ["States do not say where the body is within 4 px, even now"]


def test_the_band_holds_nine_plans_of_ten() -> None:
    error = np.tile(np.linspace(0, 1, 1001)[:, None], (1, 4))
    figure = drift.draw(drift.Drift(error, error, 4.0))
    low, high = figure.axes[0].collections[0].get_datalim(figure.axes[0].transData).intervaly
    assert (low, high) == (pytest.approx(0.05, abs=1e-6), pytest.approx(0.95, abs=1e-6))


def test_a_decision_shows_search_and_plan() -> None:
    trace = np.array([5.0, 3.0, 2.0])
    shown = decision.Decision(0, 0, np.array([2.0, 1.0, 0.5, 0.1]), trace, trace + 1, trace / 10)
    search, plan = decision.draw(shown).axes
    assert search.get_title(loc="left") == "Search: best energy 5, then 2"
    assert [line.get_label() for line in search.lines] == [
        "mean of the plans tried",
        "best plan so far",
    ]
    np.testing.assert_array_equal(plan.lines[0].get_xydata(), [[1, 2], [2, 1], [3, 0.5], [4, 0.1]])
    assert plan.get_xlabel() == "steps ahead"


def field(way: np.ndarray, energy: np.ndarray) -> landscape.Landscape:
    return landscape.Landscape(ROOM, energy, way, np.array([2.5, 32.5]))


def test_an_energy_in_the_order_of_the_way_agrees_with_it_entirely() -> None:
    y, x = np.indices((64, 64)) + 0.5
    way = np.hypot(x - 2.5, y - 32.5) + 0.001 * x
    assert field(way, way**3).agreement() == pytest.approx(1.0)
    assert field(way, -way).agreement() == pytest.approx(-1.0)
    assert field(way, way).straight() == pytest.approx(1.0, abs=1e-3)
    noise = np.random.default_rng(0).normal(size=way.shape)
    assert abs(field(way, noise).agreement()) < 0.05


def test_traps_are_the_lowest_places_around_but_not_the_goal() -> None:
    y, x = np.indices((64, 64)) + 0.5
    way = np.hypot(x - 2.5, y - 32.5)
    trap = way - 25 * np.exp(-((x - 40.5) ** 2 + (y - 20.5) ** 2) / 50)
    assert len(field(way, way).pits()) == 0
    (pit,) = field(way, trap).pits()
    assert np.linalg.norm(pit - [40.5, 20.5]) < 3


def test_the_landscape_shows_energy_beside_the_way() -> None:
    y, x = np.indices((64, 64)) + 0.5
    way = np.hypot(x - 2.5, y - 32.5)
    energy = np.where(x < 5, np.nan, way)
    figure = landscape.draw(field(way, energy))
    assert titles(figure) == ["Energy in the agent's eyes", "Distance on foot, for comparison"]
    image = figure.axes[0].images[1].get_array()
    assert np.ma.getmaskarray(image).sum() == 5 * 64, "where no body can be, nothing is claimed"
    assert any("pixels" in panel.get_ylabel() for panel in figure.axes[2:])


ROWS: list[dict[str, Any]] = [
    {"step": 20, "loss": 3.0, "sigreg": 1.0, "prediction": 2.0, "frames_per_second": 50.0},
    {"step": 40, "loss": 1.0, "sigreg": 0.8, "prediction": 0.2, "frames_per_second": 70.0,
     "success": 0.9, "effective_rank": 3.0, "probe_r2": 0.9, "inverse_r2": None},
]  # fmt: skip


def test_curves_know_terms_from_other_numbers() -> None:
    shown = curves.Curves(ROWS)
    assert shown.terms() == ["sigreg", "prediction"]
    steps, values = shown.series("success")
    assert (steps.tolist(), values.tolist()) == ([40.0], [0.9])
    assert [len(part) for part in shown.series("inverse_r2")] == [0, 0], "null is no point"


def test_curves_show_loss_success_and_speed() -> None:
    figure = curves.draw(curves.Curves(ROWS))
    assert titles(figure)[1:] == [
        "Solved in validation: 90 %",
        "Speed: 60 frames a second",
    ]
    assert [line.get_label() for line in figure.axes[0].lines] == ["total", "sigreg", "prediction"]
    assert {panel.get_xlabel() for panel in figure.axes} == {"training step"}
    assert len(curves.draw(curves.Curves(ROWS[:1])).axes) == 2, "no success, no panel"


def test_negative_terms_are_not_drawn_on_a_logarithmic_axis() -> None:
    rows = [{**row, "sigreg": -1.0} for row in ROWS]
    assert curves.draw(curves.Curves(rows)).axes[0].get_yscale() == "linear"
    assert curves.draw(curves.Curves(ROWS)).axes[0].get_yscale() == "log"


@pytest.mark.parametrize(
    ("least", "title"), [(0.5, "No feature is dead"), (0.0, "Some features are dead")]
)
def test_dead_features_are_called_dead(least: float, title: str) -> None:
    shown = collapse.Collapse(curves.Curves(ROWS), (1.0, least, 0.7), 2.5)
    figure = collapse.draw(shown)
    assert titles(figure) == [
        "States fill 2.5 of 3 dimensions",
        "What states tell (linear map)",
        title,
    ]
    heights = [bar.get_height() for bar in figure.axes[2].patches]
    assert heights == sorted([1.0, 0.7, least], reverse=True)


def test_patterns_are_tiles_with_zero_in_grey() -> None:
    patterns = np.zeros((20, 3, 8, 8))
    patterns[0, 0] = -2.0
    figure = dictionary.draw(patterns)
    sheet = figure.axes[0].images[0].get_array()
    assert "20 patterns" in titles(figure)[0]
    np.testing.assert_allclose(sheet[1:9, 1:9], np.broadcast_to([0.0, 0.5, 0.5], (8, 8, 3)))
    np.testing.assert_allclose(sheet[10:18, 1:9], 0.5)
    np.testing.assert_allclose(sheet[0], 1.0), "a white grid between"


def test_a_code_says_how_sparse_it_is() -> None:
    code = np.zeros((4, 5, 5))
    code[1, 2, 3], code[2, 2, 3] = 1.0, 3.0
    figure = sparse_code.draw(sparse_code.SparseCode(ROOM, ROOM, code))
    assert titles(figure)[-1] == "Code: 2 % not zero"
    where = figure.axes[2].images[0].get_array()
    assert (where[2, 3], where.sum()) == (2, 2)
    assert [bar.get_height() for bar in figure.axes[3].patches] == [3.0, 1.0, 0.0, 0.0]


def test_labels_over_time_stand_in_where_there_is_no_room() -> None:
    episodes = [
        label_paths.LabelPath(
            i, ("angle", "speed"), np.arange(8.0).reshape(4, 2), np.array([5.0, 6.0]), i == 0
        )
        for i in range(2)
    ]
    figure = label_paths.draw(episodes)
    assert len(figure.axes) == 4
    assert [panel.get_ylabel() for panel in figure.axes[:2]] == ["angle", "speed"]
    assert titles(figure) == ["Task 0: solved after step 3", "Task 1: not solved after step 3"]
    path, goal = figure.axes[3].lines
    np.testing.assert_array_equal(path.get_ydata(), [1, 3, 5, 7])
    assert set(goal.get_ydata()) == {6.0}


def test_ends_stand_below_their_goals() -> None:
    figure = reached.draw(
        [reached.Reached(3, ROOM, OTHER, True), reached.Reached(4, ROOM, ROOM, False)]
    )
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), ROOM)
    np.testing.assert_array_equal(figure.axes[2].images[0].get_array(), OTHER)
    assert [to_hex(p.spines["left"].get_edgecolor()) for p in figure.axes[2:]] == [
        style.SOLVED,
        style.FAILED,
    ]


def test_a_failure_shows_path_imagination_and_the_shortest_way() -> None:
    way = np.array([[1.0, 1.0], [2.0, 2.0]])
    (panel,) = failure.draw(failure.Failure(journey(0, solved=False), way, way + 1)).axes
    colours = [line.get_color() for line in panel.lines]
    assert colours == [style.FAILED, style.SHORTEST, style.IMAGINED]
    (panel,) = failure.draw(failure.Failure(journey(0, solved=False), None, None)).axes
    assert len(panel.lines) == 1


def test_colours_that_stand_side_by_side_differ_in_lightness_too() -> None:
    def lightness(colour: str) -> float:
        red, green, blue = matplotlib.colors.to_rgb(colour)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for first, second in ((style.SOLVED, style.FAILED), (style.IMAGINED, style.SHORTEST)):
        assert abs(lightness(first) - lightness(second)) > 0.05


def test_drawing_leaves_matplotlib_as_it_was_and_repeats_to_the_byte() -> None:
    before = dict(matplotlib.rcParams)
    first, second = (
        style.png(failure.draw(failure.Failure(journey(0, solved=False), None, None)))
        for _ in range(2)
    )
    assert first == second
    assert first.startswith(b"\x89PNG")
    assert dict(matplotlib.rcParams) == before
