// What the reader does: ask what might have been, step, scrub, play.

// Buttons. One that is of no use now keeps the keyboard's focus, and ignores the press.

const usable = (id) => $(id).getAttribute("aria-disabled") !== "true";
const allow = (ids, use) => ids.forEach((id) => $(id).setAttribute("aria-disabled", String(!use)));
const onPress = (id, action) => $(id).addEventListener("click", () => { if (usable(id)) action(); });

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
  const when = `${clock(scene.at_ms)} UTC, in the middle of ${status}, where the page has gone`;
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
    ["Message", reply.FailureReason || last(reply.SecondaryStatusTransitions).StatusMessage],
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
  $("other-column").textContent = `With the ${scene.kind}`;
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
  if (!jobs.length || !usable(kind)) return;
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
  if ($("other").contains(document.activeElement)) $(state.scene.kind).focus();
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
  if (key !== shown) {
    shown = key;
    drawChange(at, here, there, lines);
  }
  drawCounts($("record"), first, here, at);
  if (state.scene) drawCounts($("record-other"), state.scene.track, there, at, [first, here]);
};
const drawChange = (at, here, there, lines) => {
  const first = job().track;
  const main = track();
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
  allow(["first", "back"], at > start);
  allow(["next", "last"], at < end);
  ["interruption", "limit"].forEach((kind) => allow([kind], Boolean(sceneFor(kind))));
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
  onPress("play", toggle);
  onPress("back", () => stepBy(-1));
  onPress("next", () => stepBy(1));
  onPress("first", KEYS.Home);
  onPress("last", KEYS.End);
  ["stop", "interruption", "limit"].forEach((kind) => onPress(kind, () => ask(kind)));
  onPress("leave", leave);
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
