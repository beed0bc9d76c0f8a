// What the data say, and how it is said. Instants are milliseconds since the epoch.
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const RATES = [1, 10, 60, 300, 1200, 3600, 14400, 86400];
const LONGEST_PLAY_S = 40;
const ONE_LINE = 58;
const jobs = data.jobs;

// What the data say.

const last = (list) => list[list.length - 1];
const rowsOf = (place) => {
  const rows = [];
  for (; place >= 0; place = data.lists[place][0]) rows.push(data.lists[place][1]);
  return rows.reverse();
};
const memberOf = (place) => {
  const [name, value] = data.members[place];
  return [name, name === "SecondaryStatusTransitions" ? rowsOf(value) : value];
};
const replies = new WeakMap();
const replyOf = (moment) => {
  if (!replies.has(moment)) replies.set(moment, Object.fromEntries(moment[1].map(memberOf)));
  return replies.get(moment);
};
const bornAt = (track) => track.moments[0][0];
const endOf = (track) => last(track.moments)[0];
// The place of the last moment by then; -1 before the job was created.
const placeAt = (track, at) => {
  let low = 0;
  let high = track.moments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (track.moments[middle][0] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};
// The members that count seconds, as the simulator counts them.
const COUNTED = {
  TrainingTimeInSeconds: (reply, at) =>
    reply.TrainingEndTime === undefined
      ? Math.max(1, Math.floor(at / 1000) - Math.floor(reply.TrainingStartTime))
      : reply.TrainingTimeInSeconds,
  WarmPoolStatus: (reply, at) =>
    reply.WarmPoolStatus.Status === "Available"
      ? {
          ...reply.WarmPoolStatus,
          ResourceRetainedBillableTimeInSeconds: Math.floor((at - Math.round(1000 * reply.TrainingEndTime)) / 1000),
        }
      : reply.WarmPoolStatus,
};
const countedAt = (track, number, name, at) =>
  COUNTED[name](replyOf(track.moments[number]), Math.min(at, endOf(track)));
const dollarsAt = (track, at) => {
  const place = placeAt(track, at);
  if (place < 0) return 0;
  const [start, , from] = track.moments[place];
  const after = track.moments[place + 1];
  if (from === null || !after) return from;
  return from + ((after[2] - from) * (at - start)) / (after[0] - start);
};
const phaseAt = (track, at) => {
  let found = -1;
  track.phases.forEach((phase, place) => { if (phase[2] <= at) found = place; });
  return found;
};

// Words.

const two = (number) => String(number).padStart(2, "0");
const span = (ms) => {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
};
const clock = (ms) => new Date(ms).toISOString().slice(11, 23).replace(".000", "");
const money = (dollars) =>
  dollars === null ? "unknown" : `$${dollars.toFixed(dollars >= 10 || dollars === 0 ? 2 : 4)}`;
const rateName = (rate) => {
  const [size, unit] = rate < 60 ? [1, "s"] : rate < 3600 ? [60, "min"] : [3600, "h"];
  return `${rate / size} ${unit} a second`;
};
// JSON that keeps on one line what is short.
const pretty = (value, indent, ahead) => {
  const flat = JSON.stringify(value);
  if (value === null || typeof value !== "object" || flat.length + indent.length + ahead <= ONE_LINE) {
    return flat === undefined ? "null" : flat;
  }
  const deeper = `${indent}  `;
  const list = Array.isArray(value);
  const items = list
    ? value.map((each) => pretty(each, deeper, 0))
    : Object.entries(value).map(([name, each]) => {
        const key = JSON.stringify(name);
        return `${key}: ${pretty(each, deeper, key.length + 2)}`;
      });
  const [open, shut] = list ? "[]" : "{}";
  return `${open}\n${items.map((each) => deeper + each).join(",\n")}\n${indent}${shut}`;
};
