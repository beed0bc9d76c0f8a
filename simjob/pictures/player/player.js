// The player: shows one job of the page's data at one instant, and beside it another history.
// Instants are milliseconds since the epoch. Text goes into the page as text only.
"use strict";
(() => {
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
    const most = $("rows").clientWidth < 500 ? 4 : 9;
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
  // One member; what takes several lines is folded until it changes or is asked for.
  const member = (name, value, comma, isNew) => {
    const key = `  ${JSON.stringify(name)}: `;
    const lines = codes(key + pretty(value, "  ", key.length - 2) + comma);
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

  // What might have been.

  const sceneFor = (kind) => {
    const phase = phaseAt(job().track, state.at);
    const fitting = job().scenes.filter((each) => each.kind === kind);
    if (kind === "limit") return fitting[0] || null;
    return fitting.find((each) => each.phase === phase) || null;
  };
  const title = (scene) => {
    const at = `at +${span(scene.at_ms - start)}`;
    if (scene.kind === "stop") return `With a stop ${at}`;
    if (scene.kind === "interruption") return `With an interruption ${at}`;
    return `With MaxRuntimeInSeconds = ${scene.limit_seconds}`;
  };
  const told = (scene) => {
    const status = job().track.phases[scene.phase][0];
    const when = `${clock(scene.at_ms)} UTC, in the middle of ${status}`;
    if (scene.kind === "stop") {
      const effect = scene.same ? " Nothing changes: a job that is being stopped goes on as it was." : "";
      return `The engine has simulated the same world, seed and calls, and StopTrainingJob at ${when}.${effect}`;
    }
    if (scene.kind === "interruption") {
      return `The engine has simulated the same world, seed and calls, and a market that takes back all spot instances at ${when}.`;
    }
    return `The engine has simulated the same world, seed and calls, with MaxRuntimeInSeconds at half of what the training took. It is reached at ${clock(scene.at_ms)} UTC.`;
  };
  const outcome = (each) => {
    const reply = replyOf(last(each.moments));
    const [, , dollars, seconds] = last(each.moments);
    const [, , at, until] = last(each.phases);
    const over = at === until;
    const artifact = reply.ModelArtifacts && reply.ModelArtifacts.S3ModelArtifacts;
    return [
      ["Status", [...new Set([reply.TrainingJobStatus, reply.SecondaryStatus])].join(", ")],
      ["Ended", over ? `+${span(at - start)}` : "goes on"],
      ["Artifact", artifact || "none"],
      ["Why", reply.FailureReason || last(reply.SecondaryStatusTransitions).StatusMessage],
      ["Billable seconds", String(seconds)],
      ["Bill", money(dollars)],
    ];
  };
  const drawScene = () => {
    const { scene } = state;
    $("other").hidden = !scene;
    $("log-heading").textContent = scene ? "Log, as it was" : "Log";
    $("record-other-box").hidden = !scene;
    $("main").classList.toggle("compare", Boolean(scene));
    ["stop", "interruption", "limit"].forEach((kind) =>
      $(kind).setAttribute("aria-pressed", String(Boolean(scene) && scene.kind === kind)),
    );
    if (!scene) return;
    $("other-heading").textContent = title(scene);
    $("other-column").textContent = title(scene);
    $("record-other-title").textContent = title(scene);
    $("other-told").textContent = told(scene);
    const others = outcome(scene.track);
    $("comparison").tBodies[0].replaceChildren(
      ...outcome(job().track).map(([name, text], number) => {
        const row = make("tr");
        const head = make("th", "", name);
        head.scope = "row";
        const other = others[number][1];
        row.append(head, make("td", "", text), make("td", other === text ? "" : "changed", other));
        return row;
      }),
    );
  };
  const refused = (text) => {
    $("message").textContent = text;
    $("live").textContent = text;
  };
  const ask = (kind) => {
    if (!jobs.length || $(kind).disabled) return;
    const phase = job().track.phases[phaseAt(job().track, state.at)];
    const scene = sceneFor(kind);
    if (!scene) {
      pause();
      if (kind === "stop" && job().refusal && phase && phase[3] === phase[2]) refused(`StopTrainingJob: ${job().refusal}`);
      else refused("The page holds no such history for this instant.");
      return;
    }
    pause();
    state.scene = scene;
    settle();
    drawScene();
    drawTimeline();
    drawChart();
    go(scene.at_ms);
    $("live").textContent = `${title(scene)}. ${told(scene)}`;
  };
  const leave = () => {
    if (!state.scene) return;
    state.scene = null;
    settle();
    drawScene();
    drawTimeline();
    drawChart();
    go(Math.min(state.at, end));
  };

  // The present instant.

  const changes = () => {
    const instants = new Set([start, end]);
    [job().track, ...(state.scene ? [state.scene.track] : [])].forEach((each) =>
      each.moments.forEach((moment) => instants.add(moment[0])),
    );
    return [...instants].sort((one, other) => one - other);
  };
  const go = (at) => {
    state.at = Math.max(start, Math.min(end, at));
    draw();
  };
  const stepBy = (direction) => {
    pause();
    const all = changes();
    const next = direction > 0
      ? all.find((each) => each > state.at)
      : last(all.filter((each) => each < state.at));
    if (next !== undefined) go(next);
  };
  const present = (reply) => {
    const { TrainingJobStatus: primary, SecondaryStatus: secondary } = reply;
    $("secondary").textContent = secondary;
    $("primary").textContent = primary;
    fill($("swatch"), secondary);
    $("whose").hidden = !state.scene;
    if (state.scene) {
      const here = placeAt(job().track, state.at);
      const was = here < 0 ? "not created" : replyOf(job().track.moments[here]).SecondaryStatus;
      $("whose").textContent = `${title(state.scene)} (as it was: ${was})`;
    }
    $("meaning").textContent = data.meanings[`${primary}/${secondary}`] || "";
    const message = last(reply.SecondaryStatusTransitions).StatusMessage;
    $("message").textContent = reply.FailureReason || message;
    return `${secondary}, ${primary}, ${span(state.at - bornAt(track()))} after its creation. ${message}`;
  };
  const draw = () => {
    const first = job().track;
    const main = track();
    const at = Math.round(state.at);
    const elapsed = at - bornAt(main);
    $("elapsed").textContent = elapsed < 0 ? "not created" : span(elapsed);
    $("clock").textContent = clock(at);
    $("clock").dateTime = new Date(at).toISOString();
    $("dollars").textContent = money(dollarsAt(main, at));
    const sums = jobs.map((each) => dollarsAt(each.track, at) || 0);
    $("sum-told").textContent = `All ${jobs.length} jobs together by now: ${money(sums.reduce((a, b) => a + b))}.`;
    $("scrub").value = at - start;
    $("mini-time").textContent = elapsed < 0 ? "" : `+${span(elapsed)}`;
    $("head").style.left = share(at);
    const now = $("bill-now");
    now.setAttribute("x1", (1000 * (at - start)) / (end - start));
    now.setAttribute("x2", (1000 * (at - start)) / (end - start));
    const here = placeAt(first, at);
    const there = state.scene ? placeAt(state.scene.track, at) : -1;
    const lines = log();
    const key = [
      state.job, here, there, lines.length, at >= end, at <= start, state.scene && title(state.scene),
    ].join();
    if (key === shown) return;
    shown = key;
    const number = state.scene ? there : here;
    let told = "Not created yet";
    if (number < 0) {
      $("secondary").textContent = told;
      ["primary", "meaning", "message"].forEach((id) => { $(id).textContent = ""; });
    } else {
      told = present(replyOf(main.moments[number]));
    }
    $("mini-status").textContent = $("secondary").textContent;
    $("scrub").setAttribute("aria-valuetext", told);
    $("live").textContent = told;
    $("primary").hidden = number < 0;
    drawReply($("record"), $("changes"), first, here, null);
    if (state.scene) {
      const against = here < 0 ? [] : first.moments[here][1];
      drawReply($("record-other"), $("changes-other"), state.scene.track, there, against);
    }
    lightUp(main, at);
    listed($("log"), lines, "Nothing is written yet.");
    listed($("events"), events(), "Nothing has happened yet.");
    $("back").disabled = $("first").disabled = at <= start;
    $("next").disabled = $("last").disabled = at >= end;
    $("interruption").disabled = !sceneFor("interruption");
    $("limit").disabled = !sceneFor("limit");
  };

  // Play.

  let frame = 0;
  let before = 0;
  const tick = (time) => {
    const passed = before ? time - before : 0;
    before = time;
    go(state.at + passed * state.rate);
    if (state.at >= end) pause();
    else frame = requestAnimationFrame(tick);
  };
  const play = () => {
    if (state.at >= end) go(start);
    state.playing = true;
    before = 0;
    $("play").textContent = "Pause";
    frame = requestAnimationFrame(tick);
  };
  const pause = () => {
    cancelAnimationFrame(frame);
    state.playing = false;
    $("play").textContent = "Play";
  };
  const toggle = () => (state.playing ? pause() : play());
  const speed = (by) => {
    const rate = RATES[Math.max(0, Math.min(RATES.length - 1, RATES.indexOf(state.rate) + by))];
    state.rate = rate;
    $("rate").value = rate;
  };
  const scrubBy = (direction) => {
    pause();
    go(state.at + (direction * (end - start)) / 50);
  };
  const choose = (number) => {
    if (number < 0 || number >= jobs.length || number === state.job) return;
    pause();
    state.job = number;
    state.scene = null;
    $("job").value = number;
    settle();
    drawScene();
    drawTimeline();
    drawChart();
    tellRate();
    go(state.at);
    const label = document.querySelector(".row.chosen .label");
    if (document.activeElement === document.body) label.focus({ preventScroll: true });
  };

  const KEYS = {
    " ": toggle,
    ArrowRight: () => stepBy(1),
    ArrowLeft: () => stepBy(-1),
    "shift+ArrowRight": () => scrubBy(1),
    "shift+ArrowLeft": () => scrubBy(-1),
    PageUp: () => scrubBy(1),
    PageDown: () => scrubBy(-1),
    Home: () => { pause(); go(start); },
    End: () => { pause(); go(end); },
    "+": () => speed(1),
    "=": () => speed(1),
    "-": () => speed(-1),
    s: () => ask("stop"),
    i: () => ask("interruption"),
    l: () => ask("limit"),
    Escape: leave,
    j: () => choose(state.job + 1),
    k: () => choose(state.job - 1),
  };
  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT") return;
    const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const key = event.shiftKey && event.key.startsWith("Arrow") ? `shift+${letter}` : letter;
    const scrolls = event.target.closest(".log, .diagram") && /Arrow|Page|Home|End/.test(key);
    if (!KEYS[key] || scrolls || (key === " " && event.target.tagName === "BUTTON")) return;
    if (/^Page/.test(key) && event.target.id !== "scrub") return;
    event.preventDefault();
    KEYS[key]();
  };

  const begin = () => {
    $("about").textContent = `Edition ${data.edition}, seed ${data.seed}, ${data.region}`;
    data.left_out.forEach((text) => $("left-out").append(make("li", "", text)));
    $("left-out").hidden = !data.left_out.length;
    if (!jobs.length) {
      $("empty").hidden = data.left_out.length > 0;
      document.querySelectorAll("main > section:not(.states):not(.keys)").forEach((each) => { each.hidden = true; });
      $("job-choice").hidden = true;
      return;
    }
    document.title = `${jobs[0].name}: the life of a training job`;
    jobs.forEach((each, number) => {
      const option = make("option", "", each.name);
      option.value = number;
      $("job").append(option);
    });
    $("job-choice").hidden = $("sum-told").hidden = jobs.length === 1;
    RATES.forEach((rate) => {
      const option = make("option", "", rateName(rate));
      option.value = rate;
      $("rate").append(option);
    });
    $("interruption").hidden = !jobs.some((each) => each.spot);
    settle();
    state.at = start;
    state.rate = RATES.find((rate) => (end - start) / 1000 / rate <= LONGEST_PLAY_S) || last(RATES);
    $("rate").value = state.rate;
    drawTimeline();
    drawChart();
    tellRate();
    draw();
    $("play").addEventListener("click", toggle);
    $("back").addEventListener("click", () => stepBy(-1));
    $("next").addEventListener("click", () => stepBy(1));
    $("first").addEventListener("click", KEYS.Home);
    $("last").addEventListener("click", KEYS.End);
    ["stop", "interruption", "limit"].forEach((kind) => $(kind).addEventListener("click", () => ask(kind)));
    $("leave").addEventListener("click", () => { leave(); $("stop").focus(); });
    $("rate").addEventListener("change", () => { state.rate = Number($("rate").value); });
    $("job").addEventListener("change", () => choose(Number($("job").value)));
    $("scrub").addEventListener("input", () => { pause(); go(start + Number($("scrub").value)); });
    $("rows").addEventListener("click", (event) => {
      const on = event.target.closest(".bar");
      if (!on) return;
      const box = on.getBoundingClientRect();
      pause();
      go(start + ((event.clientX - box.left) / box.width) * (end - start));
    });
    document.addEventListener("keydown", pressed);
    addEventListener("resize", drawAxis);
  };
  begin();
})();
