"""The scoring pipeline is published with the versions that serve; runs name it."""

import shutil

import pytest

from shared.code import ROOT
from shared.runs.audit import AuditLog
from shared.runs.cells import prepare_scoring
from shared.runs.lifecycle import Lifecycle
from shared.runs.published import pipeline_files, publish_scoring, published_digest, read_published


def test_it_binds_definition_environment_and_code_to_the_versions_that_serve(company):
    company.run()
    made = publish_scoring(company.registry, by="somebody")
    assert {"training/pipelines/scoring.yml", "training/environment/Dockerfile"} <= made.files.keys()
    assert made.serving["north.large.fast"] == 1
    assert not [slot for slot in made.serving if "historical" in slot]
    assert read_published(company.store) == made


def test_published_again_nothing_changes(company):
    company.run()
    made = publish_scoring(company.registry, by="somebody")
    assert publish_scoring(company.registry, by="another") == made
    told = [e.fact.what for e in AuditLog(company.store, "models").entries()]
    assert told.count("published") == 1


def test_other_versions_that_serve_are_another_publication_of_the_same_pipeline(company):
    company.run()
    before = publish_scoring(company.registry, by="somebody")
    Lifecycle(company.registry).roll_back("north.large.fast", by="somebody", why="it is bad")
    after = publish_scoring(company.registry, by="somebody")
    assert after.pipeline == before.pipeline
    assert after.digest != before.digest
    assert published_digest(company.store) == after.digest


@pytest.mark.parametrize(
    "name", ["training/pipelines/scoring.yml", "training/pipelines/components/score.yml", "training/rows.py"]
)
def test_a_changed_file_is_another_pipeline(company, tmp_path, name):
    for package in ("shared", "training"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    before = publish_scoring(company.registry, by="somebody", root=tmp_path)
    assert pipeline_files(tmp_path) == pipeline_files()
    from shared.code import code_fingerprint

    code_fingerprint.cache_clear()
    (tmp_path / name).write_text((tmp_path / name).read_text() + "\n# changed\n")
    assert publish_scoring(company.registry, by="somebody", root=tmp_path).pipeline != before.pipeline


def test_a_run_and_its_scoring_jobs_name_what_was_published(company):
    assert company.plan("before").scoring == ""
    made = publish_scoring(company.registry, by="somebody")
    plan = company.plan("after", force=True)
    assert plan.scoring == made.digest
    job = prepare_scoring(company.store, company.registry, plan, plan.cells[0], {}, 1)
    assert job.tags["scoring"] == made.digest
