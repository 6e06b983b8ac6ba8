"""The workers of a cluster that dask starts itself, kept at their number whatever dies."""

from __future__ import annotations

from typing import Any


class Crew:
    """The workers of `cluster`; of None, or of a cluster that others start, nothing is known.

    Dask itself gives up on a process that dies while it starts, and on a job that ends; a study would wait forever.
    """

    def __init__(self, cluster: Any) -> None:
        from distributed import SpecCluster

        self.cluster: Any = cluster if isinstance(cluster, SpecCluster) else None
        self._joined: set[Any] = set()

    def replenish(self) -> None:
        """Start anew what is gone."""
        if self.cluster is None:
            return
        for name in self._gone():
            self.cluster.workers.pop(name, None)
        self.cluster.scale(len(self.cluster.plan))

    def _gone(self) -> list[Any]:
        """Processes that failed, and jobs of which a worker had joined and none is left."""
        from distributed import Nanny, Status

        here = {str(worker["name"]) for worker in self.cluster.scheduler_info["workers"].values()}
        gone = []
        for name, worker in list(self.cluster.workers.items()):
            if isinstance(worker, Nanny):
                gone += [name] if worker.status in (Status.failed, Status.closed) else []
                continue
            suffixes = self.cluster.worker_spec.get(name, {}).get("group", [""])
            if here & {f"{name}{suffix}" for suffix in suffixes}:
                self._joined.add(name)
            elif name in self._joined:
                self._joined.remove(name)
                gone.append(name)
        return gone
