"""Frames, plots and what notebooks show."""

import re
from html.parser import HTMLParser

import cases
import lvs
import matplotlib.pyplot as plt
import networkx
import numpy as np
import pandas
import pytest


def a_swarm(engine, nodes=16, cells=5, **options):
    values = cases.close(np.random.default_rng(nodes), nodes, cells)[1]
    return lvs.Swarm(*cases.complete_graph(nodes), values, engine=engine, **options)


def test_watch_notes_what_the_swarm_says(engine):
    frame = lvs.watch(a_swarm(engine), 10, every=4)
    swarm, want = a_swarm(engine), []
    for cycles in (0, 4, 4, 2):
        swarm.step(cycles)
        spread = sorted(swarm.spread.tolist())
        want.append([swarm.cycle, spread[-1], spread[2], spread.count(0) / 5, *counts(swarm.stats)])
    assert frame.to_numpy().tolist() == want
    assert {str(kind) for kind in frame.dtypes[["spread", "median_spread", "max_correction"]]} == {"uint64"}


def counts(stats):
    return [stats.rate_limited, stats.floored, stats.max_correction]


def test_watch_goes_on_where_a_swarm_is(engine):
    swarm = a_swarm(engine, frozen=np.ones(16, bool))
    swarm.step(7)
    assert lvs.watch(swarm, 3)["cycle"].tolist() == [7, 8, 9, 10]
    assert lvs.watch(swarm, 0)["cycle"].tolist() == [10]
    for options, message in ((dict(cycles=-1), "cycles: got -1"), (dict(cycles=1, every=0), "every: got 0")):
        with pytest.raises(ValueError, match=message):
            lvs.watch(swarm, **options)


def test_spreads_beyond_what_a_signed_integer_holds(engine):
    swarm = lvs.Swarm([0, 0, 0], [], [[2**62], [0]], engine=engine)
    swarm.step()
    assert lvs.watch(swarm, 1)["spread"].tolist() == [2**62] * 2


def test_edges(engine):
    swarm = a_swarm(engine, 4, trust=np.arange(12, dtype=np.uint16))
    frame = lvs.edges(swarm)
    assert frame["row"].tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert frame["neighbor"].tolist() == swarm.indices.tolist() and frame["trust"].tolist() == list(range(12))


def test_edges_of_a_graph():
    graph = lvs.csr(networkx.path_graph(["a", "b", "c"]))
    assert lvs.edges(graph).to_numpy().tolist() == [["a", "b"], ["b", "a"], ["b", "c"], ["c", "b"]]
    frame = lvs.edges(graph._replace(trust=np.array([1, 2, 3, 65_535], np.uint16)))
    assert frame["trust"].tolist() == [1, 2, 3, 65_535] and frame["credit"].tolist() == [0, 0, 0, 4_095]


def test_ranking():
    frame = lvs.ranking([5, 2**47 - 20, 5, 10], ["a", "b", "c", "d"])
    assert frame["node"].tolist() == ["b", "d", "a", "c"] and frame["share"].tolist() == [2**47 - 20, 10, 5, 5]
    assert frame["reputation"].sum() == 1.0
    assert lvs.ranking(np.array([], np.uint64)).empty
    with pytest.raises(ValueError, match="nodes: got 2, expected 3"):
        lvs.ranking([1, 2, 3], "ab")


@pytest.mark.parametrize("draw", [lvs.ranking, lvs.plot.reputation])
@pytest.mark.parametrize(
    ("shares", "error", "message"),
    [
        ([0.25, 0.75], TypeError, "shares: got an array of float64, expected uint64"),
        (np.array([2, 1], np.float32), TypeError, "shares: got an array of float32, expected uint64"),
        ([-1, 5], ValueError, "shares: got -1, expected uint64"),
        ([True, False], TypeError, "shares: got an array of bool, expected uint64"),
        ([[1, 2]], ValueError, r"shares: got 2 dimension\(s\), expected uint64"),
    ],
)
def test_shares_are_not_converted(draw, shares, error, message):
    with pytest.raises(error, match=message):
        draw(shares)


def test_no_integer_is_rounded_in_a_frame():
    huge = lvs.simulate("regular", nodes=32, cells=2, degree=8, cycles=4, attack="huge", center=10**15)
    said = [record["hostile_deviation"] for record in lvs.Simulation("regular", nodes=32, cells=2, degree=8, cycles=4, attack="huge", center=10**15)]
    assert huge["hostile_deviation"].isna().tolist() == [True, False, False, False, False]
    assert huge["hostile_deviation"].tolist()[1:] == said and any(int(float(one)) != one for one in said)


def test_backends_as_a_frame():
    frame = lvs.backends().to_frame()
    assert frame.index.tolist() == [backend.name for backend in lvs.backends()]
    assert frame["reason"].tolist() == [backend.reason for backend in lvs.backends()]


# Plots ------------------------------------------------------------------------------------------------------------


def test_the_spread_over_time_is_what_was_noted(engine):
    runs = {"few": lvs.watch(a_swarm(engine, 8), 300), "many": lvs.watch(a_swarm(engine, 16), 300)}
    axes = lvs.plot.spread(runs)
    lines = {line.get_label(): line for line in axes.lines}
    for name, frame in runs.items():
        drawn, apart = lines[name].get_ydata(), frame["spread"].to_numpy()
        assert (np.isnan(drawn) == (apart == 0)).all() and np.allclose(drawn[apart > 0] * 1e6, apart[apart > 0])
    # A dot for each, at the cycle from which on they are equal.
    dots = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert dots == [frame["cycle"][frame["spread"] == 0].iloc[0] for frame in runs.values()]


def test_a_spread_that_is_never_anything(engine):
    swarm = lvs.Swarm([0, 0], [], [[5]], engine=engine)
    assert lvs.plot.spread(lvs.watch(swarm, 3)).get_legend() is None
    plt.gcf().canvas.draw()
    with pytest.raises(ValueError, match="expected one named 'spread'"):
        lvs.plot.spread(pandas.DataFrame({"cycle": [1]}))


def test_the_trust_matrix(engine):
    swarm = a_swarm(engine, 6, trust=(61_000 + np.arange(30) * 150).astype(np.uint16))
    drawn = lvs.plot.trust(swarm).images[0].get_array()
    want = np.full((6, 6), np.nan)
    want[~np.eye(6, dtype=bool)] = lvs.credit(swarm.trust) / 4_095
    assert np.array_equal(np.ma.filled(drawn, np.nan), want, equal_nan=True)


def test_a_large_trust_matrix_is_drawn_by_its_means():
    nodes = 1_500
    indices = np.tile(np.arange(nodes), nodes).reshape(nodes, nodes)
    trust = np.where(indices < nodes // 2, 65_535, 0).astype(np.uint16)
    csr = lvs.Csr(np.arange(nodes + 1) * nodes, indices.ravel(), trust.ravel(), list(range(nodes)))
    drawn = lvs.plot.trust(csr).images[0].get_array()
    assert drawn.shape == (512, 512) and abs(drawn.mean() - 0.5) < 1e-3
    assert (drawn[:, :256] == 1).all() and (drawn[:, 256:] == 0).all()
    with pytest.raises(ValueError, match="of: got a graph without a trust"):
        lvs.plot.trust(csr._replace(trust=None))


def test_reputation_bars(engine):
    graph = networkx.karate_club_graph()
    shares = engine.reputation(graph, trust=np.ones(156, np.uint16))
    axes = lvs.plot.reputation(shares, graph.nodes, top=5)
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == sorted(shares / lvs.REPUTATION_ONE, reverse=True)[:5]
    assert [label.get_text() for label in axes.get_yticklabels()][:2] == ["33", "0"]


def test_runs_compared():
    runs = pandas.DataFrame(
        [dict(loss=loss, seed=seed, rule=rule, cycles=100 * loss + seed) for rule in "ab" for loss in (0, 1, 2) for seed in range(5)]
    )
    axes = lvs.plot.compare(runs, "loss", "cycles", by="rule", ax=plt.subplots()[1])
    assert [line.get_ydata().tolist() for line in axes.lines] == [[2, 102, 202]] * 2
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (0, 204)
    with pytest.raises(ValueError, match="expected one named 'nodes'"):
        lvs.plot.compare(runs, "loss", "cycles", by="nodes")


def test_every_value_has_its_line_and_none_is_one():
    runs = pandas.DataFrame([dict(attack=attack, x=x, y=x) for attack in (None, "alie", "edge") for x in (1, 2)])
    axes = lvs.plot.compare(runs, "x", "y", by="attack")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["None", "alie", "edge"]
    assert [line.get_ydata().tolist() for line in axes.lines] == [[1, 2]] * 3
    numbers = runs.assign(attack=pandas.array([None, None, 3, 3, 4, 4], dtype="Int64"))
    axes = lvs.plot.compare(numbers, "x", "y", by="attack", ax=plt.subplots()[1])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["None", "3", "4"]


def agreed(missing):
    """Six runs at each of two places; so many at the second never agree."""
    late = [None] * missing + list(range(40, 46))[missing:]
    return dict(x=[1] * 6 + [2] * 6, y=[*range(10, 16), *late])


@pytest.mark.parametrize("kind", ["float64", "Int64", object])
@pytest.mark.parametrize(("missing", "median"), [(0, 42.5), (1, 43.5), (2, 44.5), (3, np.nan), (6, np.nan)])
def test_runs_that_never_agreed_count_as_the_latest(kind, missing, median):
    runs = pandas.DataFrame(agreed(missing)).astype({"y": kind})
    axes = lvs.plot.compare(runs, "x", "y")
    assert np.array_equal(axes.lines[0].get_ydata(), [12.5, median], equal_nan=True)
    hollow = [marks.get_offsets().data.tolist() for marks in axes.collections[1:]]
    assert hollow == ([[[2.0, median]]] if missing in (1, 2) else [])
    legend = axes.get_legend()
    assert (legend.get_texts()[0].get_text() if legend else None) == (f"({missing} of 12 missing)" if missing else None)
    plt.gcf().canvas.draw()


def test_runs_that_end_at_nothing_are_shown_at_the_floor():
    """They are the best ones, and 0 has no place on a logarithmic axis."""
    runs = pandas.DataFrame({"x": [1, 1, 1, 2, 2, 2], "final_spread": [0, 0, 5_000_000, 3_000, 40, 10**9]})
    axes = lvs.plot.compare(runs, "x", "final_spread", log=True)
    floor = axes.lines[-1].get_ydata()[0]
    assert axes.get_yscale() == "log" and 0 < floor < 40e-6
    assert np.allclose(axes.lines[0].get_ydata(), [floor, 3e-3])
    band = axes.collections[0].get_paths()[0].vertices
    assert np.isclose(band[:, 1].min(), floor) and np.isclose(band[:, 1].max(), 1_000)
    name = axes.yaxis.get_major_formatter()
    assert name(floor, 0) == "0" and name(1.0, 0) != "0"
    plt.gcf().canvas.draw()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "final spread (VU)")
    for ends, least in (([0, 0], 0.1), ([None, 0], 0.1), ([0.5, 0], 0.01)):
        lowest = lvs.plot.compare(pandas.DataFrame({"x": [1, 2], "y": ends}), "x", "y", log=True, ax=plt.subplots()[1])
        assert lowest.lines[-1].get_ydata()[0] == pytest.approx(least)
    with pytest.raises(ValueError, match="frame: got -1 as y, expected nothing below 0 on a logarithmic axis"):
        lvs.plot.compare(pandas.DataFrame({"x": [1], "y": [-1]}), "x", "y", log=True)


def test_axes_have_names_and_units():
    runs = pandas.DataFrame({"hostile_nodes": [1, 2], "agreed_at": [9, 8], "worst_violation": [0, 2_500_000], "seed": 1})
    axes = lvs.plot.compare(runs, "hostile_nodes", "agreed_at")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("hostile nodes", "agreed at (cycle)")
    axes = lvs.plot.compare(runs, "hostile_nodes", "worst_violation", ylabel="how bad", ax=plt.subplots()[1])
    assert axes.get_ylabel() == "how bad" and axes.lines[0].get_ydata().tolist() == [0, 2.5]


def test_a_place_that_is_missing_is_named():
    runs = pandas.DataFrame({"loss": [0.1, None, 0.2], "y": [1, 2, 3]})
    with pytest.raises(ValueError, match=r"frame: got no 'loss' in 1 of 3 rows, expected one in each \(it is x\)"):
        lvs.plot.compare(runs, "loss", "y")


@pytest.mark.parametrize("measure", ["spread", "mean_spread", "hostile_deviation", "max_correction", "mean_error", "range_violation"])
def test_every_measure_in_micro_vu_is_drawn(measure):
    frame = lvs.simulate("regular", nodes=32, cells=2, degree=8, cycles=4, attack="huge")
    (drawn, *_) = (line.get_ydata() for line in lvs.plot.spread(frame, measure=measure).lines or [None])
    column = frame[measure].to_numpy(float, na_value=np.nan)
    assert np.allclose(drawn, np.where(column > 0, column, np.nan) / 1e6, equal_nan=True)


# Notebooks --------------------------------------------------------------------------------------------------------


class Checked(HTMLParser):
    """Refuses tags that do not close in their order, and keeps the text."""

    def __init__(self, page):
        super().__init__()
        self.open, self.text = [], ""
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data + "|"


def shown(thing):
    return re.sub(r"\|+", "|", Checked(thing._repr_html_()).text)


def test_html(engine):
    swarm = a_swarm(engine, 16, 300, frozen=np.arange(16) > 12)
    swarm.step(2)
    text = shown(swarm)
    assert "rows|16, 3 of them frozen|" in text and "edges|240|" in text and "cycle|2|" in text and "(300 in all)" in text
    assert "rate-limited cells" in shown(swarm.stats)
    drift = engine.drift([2_500_000], [[2_500_100]], [65_535], trim=False)
    assert "values (VU)|2.5001|" in shown(drift) and "residuals (VU)|0.0001|" in shown(drift)
    bare = lvs.Drift(np.zeros(0, np.int64), None, np.zeros(0, np.uint64))
    assert "not kept" in shown(bare) and "none" in shown(bare)
    assert f"threads|{engine.threads}|" in shown(engine)
    assert all(f"|{backend.name}|" in shown(lvs.backends()) for backend in lvs.backends())


def test_html_shows_text_as_text():
    page = lvs.html.table(["<a>"], [["<script>", "&"]], caption="<b>")
    assert "<script>" not in page and "&lt;script&gt;" in page and "&amp;" in page
    Checked(page)
