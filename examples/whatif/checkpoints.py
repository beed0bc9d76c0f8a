"""Spot or not, and how often to save: the cost over the time between checkpoints.

The best is near Young's (1974): the root of 2 x time of a checkpoint x mean time of instances.
"""

from math import sqrt
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from simjob.whatif import load_plan, replicate, sweep

HERE = Path(__file__).parent
PICTURE = HERE.parents[1] / "docs" / "pictures" / "checkpoints.svg"

plan = load_plan(HERE / "checkpoints.toml")
never = {"jobs.train.spot": False, "jobs.train.work": {"duration": "24h"}}
(on_demand,) = replicate(plan.varied(never)).jobs["dollars"]
found = sweep(plan, replications=60, seed=1, workers=1).estimates().to_pylist()
bills = {each["variation"]: each for each in found if each["measure"] == "dollars"}
means, intervals = plan.vary.values()
minutes = [int(each.removesuffix("m")) for each in intervals]

with rc_context({"svg.hashsalt": "simjob", "svg.fonttype": "none", "text.parse_math": False}):
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot(xlabel="minutes between checkpoints", ylabel="dollars", xscale="log")
    axes.axhline(on_demand, color="#6E6E6E", linestyle="--", label="on demand")
    print("saved every     ", *(f"{each:>6}" for each in intervals), "   best  Young's")
    for mean, colour in zip(means, ("#D55E00", "#0072B2", "#009E73"), strict=True):
        own = [bills[f"mean={mean}, checkpoint_every={each}"] for each in intervals]
        dollars = [each["mean"] for each in own]
        best = min(zip(dollars, intervals, strict=True))[1]
        young = sqrt(2 * 1 * 60 * int(mean.removesuffix("h")))  # in minutes; a checkpoint takes one
        shown = " ".join(f"{each:6.2f}" for each in dollars)
        print(f"taken after {mean:>3}: {shown}  {best:>5}  {young:4.0f} m")
        half_widths = [each["half_width"] for each in own]
        axes.errorbar(minutes, dollars, half_widths, color=colour, label=f"taken back after {mean}")
        axes.axvline(young, color=colour, linestyle=":", linewidth=1)
    axes.plot([], [], color="#6E6E6E", linestyle=":", label="Young's interval")
    axes.set_xticks(minutes, minutes)
    axes.minorticks_off()
    axes.legend(frameon=False)
    figure.savefig(PICTURE, metadata={"Date": None})
print(f"on demand, and never saved: {on_demand:.2f}")
