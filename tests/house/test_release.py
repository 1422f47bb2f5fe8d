"""The release workflow can be read, and what it names is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import stepahead

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
JOBS = WORKFLOW["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]
COMMANDS = [step["run"] for step in STEPS if "run" in step]


def test_jobs_wait_for_jobs_that_are_there() -> None:
    for job in JOBS.values():
        needs = job.get("needs", [])
        assert set([needs] if isinstance(needs, str) else needs) <= set(JOBS)
    assert WORKFLOW[True]["push"]["tags"] == ["v*"]  # `on`, which YAML reads as a truth value


def test_nothing_is_published_untested_or_without_a_tag() -> None:
    assert set(JOBS["publish"]["needs"]) == set(JOBS) - {"publish", "version"}
    assert JOBS["publish"]["if"] == "startsWith(github.ref, 'refs/tags/')"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_a_command_of_the_shell(command: str) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    plain = re.sub(r"\$\{\{.*?\}\}", "value", command)
    done = subprocess.run([bash, "-n"], input=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_files_and_extras_that_it_names_are_there() -> None:
    text = " ".join(COMMANDS)
    named = set(re.findall(r"\b(?:src|tests)/[\w/.]+", text)) | {"CHANGELOG.md"}
    assert len(named) == 3
    assert all((ROOT / name).exists() for name in named)
    assert "[all]" in text
    assert "test_the_code_of_a_document_runs[README.md]" in text


def test_a_released_version_has_its_part_of_the_changelog() -> None:
    (wanted,) = [c for c in COMMANDS if "awk" in c]
    notes = wanted.split("gh release")[0].replace("> notes.md", "")
    done = subprocess.run(
        ["bash", "-c", notes],
        cwd=ROOT,
        env={"GITHUB_REF_NAME": f"v{stepahead.__version__}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "The first version." in done.stdout
    assert "# Changelog" not in done.stdout
