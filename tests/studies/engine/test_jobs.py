"""Jobs of batch systems: what they are asked for, and a study that such jobs compute."""

import builtins

import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.studies import cells_of, read_study, run_study
from neurouniv.studies.batch_jobs import Array, Jobs
from neurouniv.studies.batch_script import batch_script
from neurouniv.studies.engine import jobs as jobs_module
from neurouniv.studies.engine.jobs import LAST, SYSTEMS, cluster_of, settings_of
from neurouniv.studies.folder import Folder
from neurouniv.studies.yaml_lines import write_yaml

ASKED = {
    "slurm": [
        "#SBATCH -p long",
        "#SBATCH -A lab",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=8G",
        "#SBATCH -t 02:30:00",
    ],
    "pbs": ["#PBS -q long", "#PBS -A lab", "#PBS -l select=1:ncpus=4:mem=8000MB", "#PBS -l walltime=02:30:00"],
    "sge": ["#$ -q long", "#$ -P lab", "#$ -l h_rt=02:30:00"],
    "lsf": ["#BSUB -q long", '#BSUB -P "lab"', "#BSUB -n 4", "#BSUB -W 02:30"],
}


def jobs(system, **settings):
    given = {"walltime": "2:30:00", "memory": "8GB", "cores": 4, "queue": "long", "account": "lab"}
    return Jobs(system, **(given | {"directives": ("-pe smp 4",)} | settings))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_job_script_asks_for_what_is_told(system):
    pytest.importorskip("dask_jobqueue")
    with cluster_of(jobs(system), threads=2) as cluster:
        lines = cluster.job_script().splitlines()
    assert set(ASKED[system]) <= set(lines)
    assert any(line.endswith("-pe smp 4") for line in lines)
    assert (
        f"--nthreads 1 --memory-limit 3.73GiB --nworkers 2 --nanny --death-timeout 60 --lifetime {9000 - LAST}s"
        in lines[-1]
    )
    assert lines[-1].endswith("--memory-limit 0")


def test_a_job_with_a_gpu_has_one_worker_and_asks_for_it():
    settings = settings_of(jobs("slurm"), device="cuda")
    assert settings["processes"] == 1
    assert settings["job_extra_directives"][0] == "--gres=gpu:1"
    with pytest.raises(nu.InputError, match="the request for a GPU from PBS"):
        settings_of(jobs("pbs", directives=()), device="cuda")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"system": "condor"}, "one of slurm, pbs, sge, lsf; got 'condor'"),
        ({"system": "slurm", "walltime": "90"}, "H:MM:SS .* got '90'"),
        ({"system": "slurm", "walltime": "0:03:00"}, "more than 4 minutes"),
        ({"system": "slurm", "jobs": 0}, "got 0 jobs"),
        ({"system": "sge", "directives": ()}, "-pe smp 4"),
    ],
)
def test_what_jobs_cannot_be_is_told(settings, message):
    with pytest.raises(nu.InputError, match=message):
        settings_of(jobs(**settings))


def test_what_is_not_installed_is_told(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "dask_jobqueue":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(nu.InputError, match=r"neurouniv\[cluster\]"), cluster_of(jobs("slurm")):
        pass


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_jobs_compute_a_study_and_one_that_ends_is_submitted_again(tmp_path, spec, monkeypatch):
    local = pytest.importorskip("dask_jobqueue.local")
    from distributed import Client

    monkeypatch.setattr(jobs_module, "_cluster_class", lambda _: local.LocalCluster)
    monkeypatch.setattr(jobs_module, "_job_cores", lambda _: {})
    monkeypatch.setitem(jobs_module.PROJECT, "slurm", "project")
    with cluster_of(jobs("slurm", cores=1, directives=())) as cluster, Client(cluster) as client:
        cluster.scale(jobs=1)
        client.wait_for_workers(1, timeout=120)
        client.retire_workers(close_workers=True)
        status = run_study(spec, tmp_path / "study", client)
    assert status.count("done") == 4


@pytest.fixture
def started(tmp_path, spec):
    """The folder of a study of two systems, of whose cells one is done."""
    spec["systems"]["networks"].append({"name": "deep", "hidden_layers": 2, "epochs": 20, "width": 10})
    study = read_study(spec)
    folder = Folder(tmp_path / "study")
    folder.make()
    folder.list_cells("small", cells_of(study), write_yaml(study.canonical))
    return folder


def done(folder, cell, seconds, peak_mb):
    folder.keep_result(cell["id"], 1, xr.Dataset(attrs={"study_seconds": seconds, "study_peak_mb": peak_mb}))


def test_a_script_for_slurm_asks_for_what_is_estimated(started):
    cells = started.listed()["cells"]
    with pytest.raises(nu.InputError, match="mlp, deep not measured yet"):
        batch_script(started.path, Array())
    done(started, cells[0], 7200.0, 900.0)
    with pytest.raises(nu.InputError, match="deep not measured yet"):
        batch_script(started.path, Array())
    done(started, cells[4], 60.0, 1900.0)
    text = batch_script(started.path, Array(account="lab", directives=("--qos=long",)))
    assert "#SBATCH --array=1-4\n" in text  # three cells of 2 h and one of a minute, and a task is worth an hour
    assert "#SBATCH --time=3:05:00\n" in text  # 1.5 times the longest cell, and 5 minutes
    assert "#SBATCH --mem=3000M\n" in text  # 1.5 times the largest peak
    assert "#SBATCH --signal=B:TERM@120\n" in text
    assert "#SBATCH --account=lab\n" in text
    assert "#SBATCH --qos=long\n" in text
    assert text.splitlines()[-1].endswith(f"study work {started.path} --grace 100")
    assert "#SBATCH --time=0:30:00\n" in batch_script(started.path, Array(tasks=2, walltime="0:30:00"))
    for cell in cells:
        done(started, cell, 1.0, 1.0)
    with pytest.raises(nu.InputError, match="nothing left"):
        batch_script(started.path, Array())


def test_the_commands_print_scripts(started, tmp_path, spec, capsys):
    assert run_command(["study", "sbatch", str(started.path), "--walltime", "1:00:00", "--tasks", "3"]) == 0
    assert "#SBATCH --array=1-3\n" in capsys.readouterr().out
    file = tmp_path / "small.yaml"
    file.write_text(write_yaml(spec))
    run = ["study", "run", str(file), "--out", str(tmp_path / "other")]
    assert run_command([*run, "--job-script"]) == 2
    assert "--cluster slurm" in capsys.readouterr().err
    assert run_command([*run, "--cluster", "slurm", "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert "got --scheduler and --cluster" in capsys.readouterr().err
