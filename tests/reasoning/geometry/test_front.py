import zipfile

import pytest

from pellucid.errors import DataError
from pellucid.reasoning.geometry.front import (
    CLAUSES,
    LINES,
    PLACES,
    language,
    parse_text,
    read_problem,
    read_texts,
)
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.sets import SETS, find_set

ALTITUDES = "a b c = triangle; h = on_tline b a c, on_tline c a b ? perp a h b c"
AT = "a@0_0 = ; b@4_0 = ; m@2_0 = coll m a b, cong m a m b ? midp m a b"
ASSUMED = (
    "# the middle\npoint a 0 0\npoint b 4 0\npoint m 2 0\nassume midp m a b\nprove cong m a m b"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ALTITUDES, CLAUSES),
        (AT, PLACES),
        (ASSUMED, LINES),
        ("a@0_0 b@4_0 = segment; m@2_0 = midpoint a b ? cong m a m b", CLAUSES),
        # `circle` is a construction in one language and a statement in the other.
        ("a@0_0 b@4_0 c@1_3 = triangle; o@2_1 = circle a b c ? cong o a o b", CLAUSES),
        ("a@0_0 b@2_0 c@1_1 = ; o@1_0 = circle o a b c ? cong o a o b", PLACES),
        ("a@0_0 b@4_0 m@2_0 = coll a b m ? coll m b a", PLACES),
        ("", CLAUSES),
    ],
)
def test_languages_are_told_apart(text, expected):
    assert language(text) == expected


def test_a_text_is_read_in_its_language():
    assert read_problem(ALTITUDES).points == ("a", "b", "c", "h")
    assert read_problem(AT).at["m"] == (2.0, 0.0)
    assert read_problem(ASSUMED).assumed == (Statement("midp", ("m", "a", "b")),)


@pytest.mark.parametrize("text", [ALTITUDES, AT, ASSUMED])
def test_a_goal_takes_the_place_of_what_is_asked(text):
    assert read_problem(text, goal="cong a b b a").goals == (
        Statement("cong", ("a", "b", "b", "a")),
    )


def test_a_figure_alone_needs_no_goal_but_clauses():
    assert read_problem("a b = segment; m = midpoint a b", goalless=True).goals == ()
    with pytest.raises(DataError, match="no goal; end with"):
        read_problem("a b = segment; m = midpoint a b")
    with pytest.raises(DataError, match="write clauses that make its points"):
        read_problem(AT, goalless=True)


def test_files_of_all_kinds(tmp_path):
    single, several, lines = tmp_path / "one.txt", tmp_path / "set.txt", tmp_path / "lines.txt"
    single.write_text(f"# altitudes\n{ALTITUDES.replace(';', ';' + chr(10))}\n", encoding="utf-8")
    several.write_text(f"first\n{ALTITUDES}\n\nsecond\n{AT}\n", encoding="utf-8")
    lines.write_text(f"{ALTITUDES}\n{ALTITUDES}\n", encoding="utf-8")
    assert read_problem(str(single)).goals[0].name == "perp"
    assert read_problem(str(single)).clauses[1].line == 3
    assert read_problem(str(several), name="second").goals[0].name == "midp"
    assert [(name, line) for name, line, _ in read_texts(lines)] == [("line 1", 1), ("line 2", 2)]
    assumed = tmp_path / "assumed.txt"
    assumed.write_text(ASSUMED, encoding="utf-8")
    assert read_problem(str(assumed)).name == "assumed"
    titled = tmp_path / "titled.txt"
    titled.write_text("altitudes\na b c = triangle;\nh = orthocenter a b c\n? perp a h b c\n")
    assert read_problem(str(titled)).name == "altitudes"


def test_a_sheet_of_geogebra_is_a_figure_without_a_question(tmp_path):
    xml = (
        '<geogebra><construction><element type="point" label="A"><coords x="0" y="0" z="1"/>'
        '</element><element type="point" label="B"><coords x="3" y="1" z="1"/></element>'
        '<command name="Midpoint"><input a0="A" a1="B"/><output a0="M"/></command>'
        "</construction></geogebra>"
    )
    path = tmp_path / "middle.ggb"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("geogebra.xml", xml)
    assert read_problem(str(path), goalless=True).points == ("a", "b", "m")
    assert read_problem(str(path), goal="cong M A M B").goals[0].points == ("m", "a", "m", "b")
    with pytest.raises(DataError, match="asks for nothing"):
        read_problem(str(path))


def test_what_cannot_be_read_is_said_in_one_line(tmp_path):
    several, binary, empty, name = (tmp_path / f for f in ("set.txt", "x.png", "none", "name"))
    several.write_text(f"first\n{ALTITUDES}\nsecond\n{ALTITUDES}\n")
    binary.write_bytes(b"\x89PNG\xff\xfe")
    empty.write_text("# nothing\n")
    name.write_text("altitudes\n")
    for source, message in (
        (str(several), "holds 2 problems; choose one, as by --name 'first'"),
        (str(binary), "is no text"),
        (str(empty), "has no problem in it"),
        (str(name), "a name and no problem"),
        ("altitudes.txt", "no file is called 'altitudes.txt', and it is no problem in words"),
        ("x" * 10_000, "no file is called"),
        ("a\0b", "no file is called"),
    ):
        with pytest.raises(DataError) as caught:
            read_problem(source)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match="has no problem 'secnd': did you mean 'second'"):
        read_problem(str(several), name="secnd")


def test_a_mistake_in_a_file_is_named_with_its_line(tmp_path):
    path = tmp_path / "figure.txt"
    path.write_text("a b c = triangle;\nh = orthocentre a b c\n? perp a h b c\n")
    with pytest.raises(DataError) as caught:
        read_problem(str(path))
    assert str(caught.value) == (
        f"{path}: line 2: unknown construction orthocentre; did you mean 'orthocenter'? "
        "It is written as in 'x = orthocenter x a b c'"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a@0_0 b@nan_0 = ? cong a b a b", "no point with a place"),
        ("a@0_0 b<@1_0 = ? cong a b a b", "no point with a place"),
        ("point a 0 inf\nprove cong a a a a", "no point with a place"),
        ("a b = segment; x = lconst x a 1e999999999 ? coll a b x", "not a good length"),
        ("a@0_0 = ; b@1_0 = lconst a b 1e999999999 ? cong a b a b", "where a number has to"),
    ],
)
def test_numbers_that_would_do_harm_are_refused(text, message):
    with pytest.raises(DataError, match=message):
        parse_text(text)


def test_a_folder_is_a_set_of_its_files(tmp_path):
    (tmp_path / "b.txt").write_text(ASSUMED)
    (tmp_path / "a.txt").write_text(f"first\n{ALTITUDES}\nsecond\n{ALTITUDES}\n")
    (tmp_path / "notes.md").write_text("# no problem")
    assert [name for name, _, _ in find_set(str(tmp_path))] == ["first", "second", "b"]
    with pytest.raises(DataError, match="is a folder; name a file in it"):
        read_problem(str(tmp_path))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="has no problems"):
        find_set(str(tmp_path / "empty"))


def test_sets_are_found_by_name_with_or_without_the_folder_of_their_authors(tmp_path, monkeypatch):
    inside = tmp_path / "geometry" / SETS["imo_ag_30"]
    inside.parent.mkdir(parents=True)
    inside.write_text(f"first\n{ALTITUDES}\nsecond\n{ALTITUDES}\n")
    monkeypatch.setenv("PELLUCID_DATA", str(tmp_path))
    assert [name for name, _, _ in find_set("imo_ag_30")] == ["first", "second"]
    assert len(find_set("imo_ag_30", data=inside.parent)) == 2
    assert find_set(str(inside)) == find_set("imo_ag_30")
    with pytest.raises(DataError, match=r"the set ag2 is not at .*name its folder by --data"):
        find_set("ag2")
    with pytest.raises(DataError, match=r"no set and no file is called 'imo_ag_3'.*'imo_ag_30'"):
        find_set("imo_ag_3")
