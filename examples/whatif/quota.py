"""How many jobs at once under a quota: fewer waste time, more are refused and may be lost."""

from pathlib import Path

from attrs import evolve

from simjob.pictures import CapacityOverTime, pools_of_rows
from simjob.whatif import load_plan, replicate, sweep

HERE = Path(__file__).parent
PICTURE = HERE.parents[1] / "docs" / "pictures" / "quota.svg"
WORLDS = 20

plan = load_plan(HERE / "quota.toml")
quota = plan.world.quotas.on_demand
results = sweep(plan, replications=WORLDS, seed=1, workers=1)
found = results.estimates().to_pylist()
means = {(each["variation"], each["measure"]): each["mean"] for each in found}
rows = results.to_pandas()

print("at once  all ended  a trial waits for its turn  calls refused  trials lost")
for at_once, own in rows.groupby("at_once"):
    name = f"at_once={at_once}"
    hours = means[name, "makespan_seconds"] / 3600
    ran = own[own.status != "Refused"]
    wait = (ran.created_seconds - ran.arrived_seconds).mean() / 3600
    refused = (own.status == "Refused").sum() / WORLDS
    lost = means[name, "failed"]
    print(f"{at_once:7}  {hours:7.1f} h  {wait:24.1f} h  {refused:13.1f}  {lost:11.1f}")

pools = []
for at_once in (4, 8, 16):
    done = replicate(plan.varied({"at_once": at_once}), seed=1, transitions=True)
    (pool,) = pools_of_rows(done.jobs, done.transitions, quota)
    pools.append(evolve(pool, name=f"{at_once} at once"))
CapacityOverTime(pools).save(PICTURE)
