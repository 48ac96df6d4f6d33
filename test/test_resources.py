"""The package finds its own files."""

from pathlib import Path

import pytest

from diffusion_mpc_ros.resources import model_directory, resource_directory


@pytest.mark.parametrize("name", ["config", "launch", "models"])
def test_a_checkout_has_its_own(name: str) -> None:
    assert resource_directory(name) == Path(__file__).resolve().parents[1] / name


def test_an_installation_is_found_through_the_ament_prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    share = tmp_path / "share" / "diffusion_mpc_ros" / "only_installed"
    share.mkdir(parents=True)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    assert resource_directory("only_installed") == share


def test_what_is_nowhere_is_an_error_that_names_it() -> None:
    with pytest.raises(FileNotFoundError, match="no_such_thing"):
        resource_directory("no_such_thing")


@pytest.mark.parametrize("path", ["./walk", "../walk", "runs/walk", "/runs/walk", "."])
def test_a_model_written_as_a_path_is_one(path: str) -> None:
    assert model_directory(path) == Path(path)


def test_a_models_name_is_below_models_whatever_the_working_directory_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "walk").mkdir()
    monkeypatch.chdir(tmp_path)
    assert model_directory("walk") == resource_directory("models") / "walk"
