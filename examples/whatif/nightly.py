"""A month of nightly training: the bill on demand, and on spot with on demand to fall back to."""

from pathlib import Path

from attrs import evolve

from simjob.pictures import CapacityOverTime, Gantt, lanes_of_log, pools_of_rows
from simjob.whatif import load_plan, replicate, sweep

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "docs" / "pictures"
DAY, MORNING = 86_400, 10 * 3600

plan = load_plan(HERE / "nightly.toml")
rows = sweep(plan, replications=30, seed=1, workers=1).to_pandas()

print(f"{'the bill of the nights':22}  $ at p10   p50   p90  by eight  others wait")
for name, own in rows.groupby("variation"):
    nights, others = own[own.job == "nightly"], own[own.job != "nightly"]
    bill = nights.groupby("replication").dollars.sum().quantile([0.1, 0.5, 0.9])
    last = nights[nights["last"]]
    good = (last.status == "Completed") & (last.ended_seconds - last.arrived_seconds <= MORNING)
    shown = " ".join(f"{each:5.0f}" for each in bill)
    wait = others.waiting_seconds.mean() / 60
    print(f"{name:22}     {shown}  {good.mean():8.1%}  {wait:7.0f} min")

month = replicate(plan, seed=1, transitions=True)
pools = pools_of_rows(month.jobs, month.transitions, plan.world.capacity.on_demand)
CapacityOverTime(pools).save(PICTURES / "nightly-capacity.svg")

lanes = []
for lane in lanes_of_log(month.transitions):
    job, night, *_ = lane.name.split("-")
    if job == "nightly":  # each from its own evening on
        ten = int(night) * DAY
        spans = [
            evolve(each, start_seconds=each.start_seconds - ten, end_seconds=each.end_seconds - ten)
            for each in lane.spans
        ]
        lanes.append(evolve(lane, spans=tuple(spans)))
Gantt(lanes, MORNING).save(PICTURES / "nightly-gantt.svg")
