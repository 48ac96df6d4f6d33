from pathlib import Path

import pytest

from diffusion_mpc_ros.planning.parameter_file import ParameterFileError, read_parameter_file


def test_groups_become_names(tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_text("/**:\n  ros__parameters:\n    a: {b: {c: 1.5}, d: [true]}\n    e.f: x\n")
    assert read_parameter_file(file) == {"a.b.c": 1.5, "a.d": [True], "e.f": "x"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "expected parameters below"),
        (b"align: {weight: 1.0}", "expected parameters below"),
        (b"/**: {ros__parameters: 3}", "expected parameters below"),
        (b"{/**: {ros__parameters: {}}, /planner: {ros__parameters: {}}}", "expected parameters below"),
        (b"/**: {", "while parsing"),
        (b"\xff", "codec can't decode"),
    ],
)
def test_all_else_is_refused_in_one_line_that_names_the_file(tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "some.yaml"
    file.write_bytes(content)
    with pytest.raises(ParameterFileError, match=complaint) as caught:
        read_parameter_file(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterFileError, match=r"gone\.yaml"):
        read_parameter_file(tmp_path / "gone.yaml")
