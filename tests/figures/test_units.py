"""Units with prefixes and powers of ten."""

from __future__ import annotations

import re

import pytest

from neurouniv.figures.units import unit_scale


@pytest.mark.parametrize("units", ["V^2", "(T/m)^2 per channel", "(spikes/s)^2", "arbitrary^2", "1", None])
@pytest.mark.parametrize("size", [3e-24, 3e-11, 0.2, 30.0, 4e7])
def test_what_an_axis_says_is_the_value_in_the_unit_it_names(units, size):
    factor, unit = unit_scale(units, size)
    power = 2 if units and "^2" in units else 1
    prefixes = {"k": 1e3, "m": 1e-3, "µ": 1e-6, "n": 1e-9, "p": 1e-12}
    ten = re.match(r"10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", unit)
    prefix = re.match(r"\(?([kmµnp])[VT]", unit)
    meant = 1.0
    if ten:
        meant = 10.0 ** int(ten[1].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    elif prefix:
        meant = prefixes[prefix[1]] ** power
    assert factor * meant == pytest.approx(1.0)
    assert 0.01 <= size * factor < 1e6
    assert ("per channel" in unit) == ("per channel" in (units or ""))
