"""A bundle of cells in a process of dask's: nothing that is done depends on the scheduler any more."""

import dask
import pytest
import xarray as xr
from distributed import Client, LocalCluster

from neurouniv.studies import cells_of, read_study, worker
from neurouniv.studies.engine.local import local_client
from neurouniv.studies.engine.task import GiveBack, bundle_worked
from neurouniv.studies.folder import Folder

pytestmark = pytest.mark.filterwarnings("ignore")
SPEC = {"task": "xor", "laws": ["static"], "systems": {"networks": [{"name": "mlp", "width": 10}]}}


def test_a_result_is_kept_though_the_scheduler_is_gone(tmp_path, monkeypatch):
    folder, (cell,) = Folder(tmp_path), cells_of(read_study(SPEC))
    folder.make()
    soon = dask.config.set({"distributed.comm.timeouts.connect": "1s"})
    with soon, LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster, Client(cluster):

        def computed(_):
            cluster.sync(cluster.scheduler.close)
            return xr.Dataset({"h": (("time", "pair"), [[1.0], [2.0]])})

        monkeypatch.setattr(worker, "_imported", lambda: computed)
        ((id, outcome, _),) = bundle_worked(str(tmp_path), [cell.told()], {}, {})
    assert (id, outcome) == (cell.id, "done")
    assert folder.told_failure(cell.id) is None


@pytest.mark.slow
def test_workers_go_on_when_another_run_joins_their_scheduler():
    with local_client(1) as client:
        client.register_plugin(GiveBack())
        client.register_plugin(GiveBack())
        client.run(_stopping_checked)  # raises where they were told to end


def _stopping_checked():
    from neurouniv.studies.engine.task import _stopping

    _stopping.check()
