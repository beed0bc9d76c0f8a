"""The cheapest way to meet a deadline: 1, 2, 4 or 8 instances, on demand or spot."""

from pathlib import Path

from simjob.pictures import Pareto, Point
from simjob.whatif import compare, load_plan, sweep

HERE = Path(__file__).parent
PICTURE = HERE.parents[1] / "docs" / "pictures" / "deadline.svg"
SURE = 0.9

plan = load_plan(HERE / "deadline.toml")
results = sweep(plan, replications=200, seed=1, workers=1)

points, good = [], []
print(f"{'':23}  dollars  hours  in time (95 % interval)")
for each in compare(results).standings:
    time, bill, chance = each.completion_seconds, each.dollars, each.deadline
    name = each.variation
    halves = time.half_width, bill.half_width
    points.append(Point(name, time.mean, bill.mean, *halves, each.front, each.unfinished))
    if chance.low >= SURE:
        good.append((bill.mean, name))
    shown = f"{chance.share:6.1%} ({chance.low:.1%} to {chance.high:.1%})"
    print(f"{name:23}  {bill.mean:7.2f}  {time.mean / 3600:5.1f}  {shown}")

dollars, name = min(good)
print(f"the cheapest that is surely in time in {SURE:.0%} of the worlds: {name}, ${dollars:.2f}")

Pareto(points, "completion time", deadline_seconds=plan.deadline_seconds).save(PICTURE)
