// How one history is drawn: timeline, reply, diagram, bill, lists. Text goes into the page as text
// only, never as markup.

// The page's parts.

const make = (kind, className, text) => {
  const element = document.createElement(kind);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const drawn = (kind, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", kind);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  return element;
};
const fill = (element, status) => {
  element.style.background = `var(--${status})`;
  element.style.color = `var(--${status}-ink)`;
};

const state = { job: 0, scene: null, at: 0, playing: false, rate: RATES[0] };
let start = 0;
let end = 1;
let shown = "";
const unfolded = new Set();
const job = () => jobs[state.job];
const share = (at) => `${(100 * (at - start)) / (end - start)}%`;

const settle = () => {
  start = Math.min(...jobs.map((each) => bornAt(each.track)));
  const tracks = jobs.map((each) => each.track);
  if (state.scene) tracks.push(state.scene.track);
  end = Math.max(start + 1, ...tracks.map(endOf));
  $("scrub").max = end - start;
};

// Timeline.

const bar = (track) => {
  const element = make("div", "bar");
  track.phases.forEach(([status, primary, from, to]) => {
    const until = to === null ? endOf(track) : to;
    if (until === from) return;
    const drawn = piece(element, status, from, until);
    drawn.append(make("span", "", status));
    drawn.title = `${status} (${primary}), ${span(until - from)}`;
  });
  return element;
};
const piece = (bar, status, from, until) => {
  const element = make("div", "piece");
  element.style.left = share(from);
  element.style.width = `${(100 * (until - from)) / (end - start)}%`;
  fill(element, status);
  bar.append(element);
  return element;
};
// A row for each host, with a piece for each of its attempts.
const instances = (track, name) =>
  [...new Set(track.instances.map(([host]) => host))].map((host) => {
    const bar = make("div", "bar");
    track.instances.filter((each) => each[0] === host).forEach(([, , granted, ready, released]) => {
      const until = released === null ? endOf(track) : released;
      piece(bar, "Starting", granted, ready === null ? until : ready).classList.add("launching");
      if (ready !== null) piece(bar, "Training", ready, until);
    });
    const row = make("div", "row instance");
    row.append(make("span", "label", `${name} ${host}`), bar);
    return row;
  });
const drawTimeline = () => {
  const rows = $("rows");
  rows.replaceChildren();
  jobs.forEach((each, number) => {
    const row = make("div", number === state.job ? "row chosen" : "row");
    const label = make("button", "label", each.name);
    label.type = "button";
    label.setAttribute("aria-pressed", String(number === state.job));
    label.addEventListener("click", () => choose(number));
    row.append(label, bar(each.track));
    rows.append(row);
    if (number !== state.job) return;
    if (!state.scene) {
      rows.append(...instances(each.track, "Instance"));
      return;
    }
    const might = make("div", "row might");
    might.append(make("span", "label", title(state.scene)), bar(state.scene.track));
    rows.append(might, ...instances(state.scene.track, "Its instance"));
  });
  const head = make("div", "head");
  head.id = "head";
  rows.append(head);
  drawAxis();
  drawLegend();
};
const drawAxis = () => {
  const steps = [1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800];
  const most = $("rows").clientWidth < 500 ? 3 : 9;
  const step = 1000 * (steps.find((each) => (end - start) / 1000 / each <= most) || 2592000);
  $("axis").replaceChildren();
  for (let at = 0; at <= end - start; at += step) {
    const tick = make("span", at > 0.95 * (end - start) ? "end" : "", `+${span(at)}`);
    tick.style.left = share(start + at);
    $("axis").append(tick);
  }
};
const drawLegend = () => {
  const tracks = jobs.map((each) => each.track).concat(state.scene ? [state.scene.track] : []);
  const statuses = new Set(tracks.flatMap((track) => track.phases.map((phase) => phase[0])));
  $("legend").replaceChildren(
    ...[...statuses].map((status) => {
      const item = make("li", "", status);
      const colour = make("i");
      fill(colour, status);
      item.prepend(colour);
      return item;
    }),
  );
};

// The reply.

const drawReply = (box, notes, track, number, against) => {
  box.replaceChildren();
  if (number < 0) {
    notes.textContent = "The job is not created yet.";
    return;
  }
  const members = track.moments[number][1];
  const before = number > 0 ? new Set(track.moments[number - 1][1]) : null;
  const other = against ? new Set(against) : null;
  const changed = [];
  box.append(...codes("{"));
  members.forEach((each, order) => {
    const [name, value] = memberOf(each);
    const isNew = before !== null && !before.has(each);
    if (isNew) changed.push(name);
    const comma = order + 1 < members.length ? "," : "";
    const rows = name === "SecondaryStatusTransitions";
    const line = rows
      ? transitions(value, comma, isNew ? earlier(track, number) : null)
      : member(name, value, comma, isNew);
    line.dataset.member = name;
    line.classList.add("member");
    line.classList.toggle("changed", isNew);
    line.classList.toggle("differs", other !== null && !other.has(each));
    box.append(line);
  });
  box.append(...codes("}"));
  notes.textContent = changed.length
    ? `Changed: ${changed.join(", ")}`
    : before === null ? "As the job was created." : "Nothing but what counts has changed.";
};
// Lines of code, each with a hanging indent.
const codes = (text, className = "") =>
  text.split("\n").map((line) => {
    const code = make("code", className, line);
    code.style.setProperty("--indent", line.search(/\S/) + 2);
    return code;
  });
const spelled = (name, value) => {
  const key = `  ${JSON.stringify(name)}: `;
  return key + pretty(value, "  ", key.length - 2);
};
// One member; what takes several lines is folded until it changes or is asked for.
const member = (name, value, comma, isNew) => {
  const key = `  ${JSON.stringify(name)}: `;
  const lines = codes(spelled(name, value) + comma);
  if (name.endsWith("Time")) lines[0].dataset.time = clock(Math.round(value * 1000));
  if (lines.length === 1) {
    const line = make("div");
    line.append(...lines);
    return line;
  }
  const fold = make("details");
  const [open, shut] = Array.isArray(value) ? "[]" : "{}";
  const summary = make("summary", "", `${key}${open} … ${shut}${comma}`);
  summary.addEventListener("click", () => unfolded[fold.open ? "delete" : "add"](name));
  fold.append(summary, ...lines);
  fold.open = isNew || unfolded.has(name);
  return fold;
};
const earlier = (track, number) => replyOf(track.moments[number - 1]).SecondaryStatusTransitions;
const transitions = (rows, comma, before) => {
  const line = make("div", "rows-of");
  line.append(...codes('  "SecondaryStatusTransitions": ['));
  rows.forEach((row, order) => {
    const text = `    ${pretty(row, "    ", 0)}${order + 1 < rows.length ? "," : ""}`;
    const isNew = before !== null && JSON.stringify(row) !== JSON.stringify(before[order]);
    line.append(...codes(text, isNew ? "changed" : ""));
  });
  line.append(...codes(`  ]${comma}`));
  return line;
};

// What counts seconds goes on between two changes; where another history counts too, the two are
// told apart by what they have counted. `box` shows the reply of that moment.
const drawCounts = (box, track, number, at, against) => {
  if (number < 0) return;
  const reply = replyOf(track.moments[number]);
  Object.keys(COUNTED).filter((name) => name in reply).forEach((name) => {
    const line = box.querySelector(`[data-member="${name}"]`);
    const lines = line.querySelectorAll("code");
    const text = spelled(name, countedAt(track, number, name, at));
    const comma = last(lines).textContent.endsWith(",") ? "," : "";
    `${text}${comma}`.split("\n").forEach((each, order) => { lines[order].textContent = each; });
    if (!against) return;
    const [other, place] = against;
    const both = place >= 0 && name in replyOf(other.moments[place]);
    line.classList.toggle("differs", !both || spelled(name, countedAt(other, place, name, at)) !== text);
  });
};

// The diagram.

// All [primary, secondary] statuses until then; what was left in the instant in which it was
// entered stands in the list of transitions only, without a primary status.
const course = (track, at) => {
  const found = [];
  let known = 0;
  track.moments.slice(0, placeAt(track, at) + 1).map(replyOf).forEach((reply) => {
    const rows = reply.SecondaryStatusTransitions;
    found.push(...rows.slice(known, -1).map((row) => [null, row.Status]));
    found.push([reply.TrainingJobStatus, reply.SecondaryStatus]);
    known = rows.length;
  });
  return found;
};
const lightUp = (track, at) => {
  const diagram = $("diagram");
  diagram.querySelectorAll(".now, .taken").forEach((each) => each.classList.remove("now", "taken"));
  const found = (selector) => diagram.querySelector(selector);
  let lit = null;
  course(track, at).forEach(([primary, status]) => {
    const where = `.state[data-status="${status}"]`;
    const node = found(primary ? `${where}[data-primary="${primary}"]` : where);
    if (!node) return;
    node.classList.add("taken");
    const arrow = lit && found(
      `.arrow[data-from="${lit.dataset.status}"][data-from-primary="${lit.dataset.primary}"]` +
        `[data-to="${node.dataset.status}"][data-to-primary="${node.dataset.primary}"]`,
    );
    if (arrow) arrow.classList.add("taken");
    lit = node;
  });
  if (lit) lit.classList.add("now");
  if (lit && diagram.scrollWidth > diagram.clientWidth) {
    const box = lit.getBoundingClientRect();
    const around = diagram.getBoundingClientRect();
    diagram.scrollLeft += box.left + box.width / 2 - around.left - around.width / 2;
  }
};

// Bill, log, events.

const sumLine = (track) =>
  track.moments.map(([at, , dollars]) => [(1000 * (at - start)) / (end - start), dollars || 0]);
const drawChart = () => {
  const tracks = [job().track].concat(state.scene ? [state.scene.track] : []);
  const lines = tracks.map(sumLine);
  const most = Math.max(0.000001, ...lines.flat().map(([, dollars]) => dollars));
  const path = (line) => {
    const points = line.map(([x, dollars]) => `${x.toFixed(2)} ${(100 - (96 * dollars) / most).toFixed(2)}`);
    return `M0 100L${line[0][0].toFixed(2)} 100L${points.join("L")}L1000 ${last(points).split(" ")[1]}`;
  };
  const chart = drawn("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  chart.append(drawn("path", { class: "base", d: "M0 100H1000" }));
  chart.append(drawn("path", { class: "under", d: `${path(lines[0])}V100H0Z` }));
  lines.forEach((line, number) => {
    chart.append(drawn("path", { class: number ? "sum-other" : "sum", d: path(line) }));
  });
  chart.append(drawn("line", { class: "now", id: "bill-now", y1: 0, y2: 100 }));
  $("chart").replaceChildren(chart);
  const finals = tracks.map((track) => money(last(track.moments)[2]));
  $("chart").setAttribute(
    "aria-label",
    `The bill grows to ${finals[0]}${state.scene ? `; in the other history to ${finals[1]}` : ""}.`,
  );
};
const tellRate = () => {
  const { instance_count: count, instance_type: type, dollars_per_hour: rate } = job();
  const many = count > 1 ? `${count} × ` : "";
  if (rate === null) {
    $("rate-told").textContent = `${many}${type}: no rate is known for it.`;
    return;
  }
  const source = [job().rate_source, job().rate_date].filter(Boolean).join(", ");
  const spot = job().spot ? ` less ${Math.round(100 * job().discount)} % for spot` : "";
  const kind = job().estimated ? ", partly estimated" : "";
  const seconds = last(job().track.moments)[3];
  $("rate-told").textContent =
    `${many}${type} at $${rate} an hour${spot}${kind}${source ? ` (${source})` : ""}, with storage; ` +
    `${seconds} billable seconds in the end. In between, the sum is drawn as a straight line.`;
};
const listed = (list, items, nothing) => {
  if (!items.length) {
    list.replaceChildren(make("li", "none", nothing));
    return;
  }
  list.replaceChildren(
    ...items.map(([at, text], number) => {
      const item = make("li", number === items.length - 1 ? "last" : "");
      item.append(make("time", "", `+${span(at - start)}`), make("span", "", text));
      return item;
    }),
  );
  list.scrollTop = list.scrollHeight;
};
const track = () => (state.scene ? state.scene.track : job().track);
const log = () =>
  job().logs.filter(([at]) => at <= state.at).map(([at, stream, text]) => [at, `${stream}  ${text}`]);
const events = () => {
  const calls = track().calls.map(([at, operation]) => [at, 0, `call   ${operation}`]);
  const changes = track().phases.map(([status, primary, from]) => [
    from, 1, `event  Training Job State Change: ${primary}, ${status}`,
  ]);
  return [...calls, ...changes]
    .filter(([at]) => at <= state.at)
    .sort((one, other) => one[0] - other[0] || one[1] - other[1])
    .map(([at, , text]) => [at, text]);
};
