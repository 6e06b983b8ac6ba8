"""One law, many networks: where the law holds, where it fails, and a high R2 that means nothing."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
SMOOTH = ["tanh", "tanh, 3 layers", "gated", "residual", "recurrent"]


def test_the_table_is_as_the_text_reads_it(run):
    made = run("03")
    table = made["table"]
    smooth = table.loc[SMOOTH]
    assert (smooth["law"] > 0.95).all()
    assert (smooth["law"] > smooth["free mixture"]).all()
    assert (smooth["its error / the law's"] > 1.5).all()
    assert (table.loc["relu", "ceiling"] > table.loc["relu", "law"] + 0.03) & (table.loc["relu", "law"] > 0.88)
    assert table.loc["relu, 3 layers", "free mixture"] > table.loc["relu, 3 layers", "law"]
    assert (table.loc[["relu, 3 layers", "feedback alignment"], "its error / the law's"] < 1.3).all()
    together, pair_by_pair = made["pairs"].dynamics.mean("seed").values
    assert together > pair_by_pair + 0.01
    assert not made["fits"]["gated"].constants_.identified.all()
    made["check"](1.0)
    with pytest.raises(AssertionError, match=r"[Nn]othing changes"):
        made["check"](0.5)
