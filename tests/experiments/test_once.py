from dataclasses import dataclass

import pytest

from pellucid.experiments.once import once, recall, record


@dataclass(frozen=True)
class Found:
    right: int
    share: float | None


def test_what_was_found_is_found_again(tmp_path):
    folder = tmp_path / "job-0"
    assert recall(folder, Found) is None
    record(folder, Found(3, None))
    assert recall(folder, Found) == Found(3, None)


def test_a_record_of_something_else_is_no_answer(tmp_path):
    record(tmp_path, Found(3, 0.5))

    @dataclass(frozen=True)
    class Other:
        wrong: int

    with pytest.raises(TypeError):
        recall(tmp_path, Other)


@dataclass(frozen=True)
class Nested:
    one: Found
    by_name: dict[str, Found]
    several: list[Found]
    curve: dict[str, list[float]]


def test_dataclasses_inside_of_others_are_found_again(tmp_path):
    nested = Nested(Found(1, 0.1), {"a": Found(2, None)}, [Found(3, 0.3)], {"b": [0.5, 0.25]})
    record(tmp_path, nested)
    assert recall(tmp_path, Nested) == nested


def test_a_job_is_done_once(tmp_path):
    times = []

    def find():
        times.append(1)
        return Found(len(times), 0.5)

    assert (
        once(tmp_path / "job", Found, find) == once(tmp_path / "job", Found, find) == Found(1, 0.5)
    )
    assert once(tmp_path / "other", Found, find) == Found(2, 0.5)
