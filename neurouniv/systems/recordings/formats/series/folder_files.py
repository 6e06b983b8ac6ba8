"""Arrays and tables in a folder that is one recording, as they stand: what `neurouniv read FOLDER --fields` lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.arrays.numpy_files import plain_array
from neurouniv.systems.recordings.formats.tables.table_files import csv_frame, parquet_frame

TABLES = {".tsv": csv_frame, ".csv": csv_frame, ".pqt": parquet_frame, ".parquet": parquet_frame}


def fields_of_folder(folder: Path, files: Sequence[Path], source: str) -> Fields:
    """Arrays by the names of their files, columns of tables by file and column; nothing is unpickled."""
    tree: dict[str, Any] = {}
    unread: dict[str, str] = {}
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            if file.suffix == ".npy":
                tree[name] = plain_array(file, mmap=True)
            elif file.suffix in TABLES:
                frame = TABLES[file.suffix](file)
                tree |= {f"{name} {column}": frame[column].to_numpy() for column in frame.columns}
        except InputError as error:
            unread[name] = str(error)
    return Fields(tree, source, "Its files", given={}, unread=unread)
