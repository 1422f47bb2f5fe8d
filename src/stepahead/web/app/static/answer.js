// The answer, as it grows: every event of the job adds to the page, a reload hears them all again.
import { ask, byId, el, fill, hear, number, percent, stamp, table } from "./dom.js";
import { draw, forecastSpec, histogramSpec, lineSpec, linesSpec, picture } from "./draw.js";
import { list } from "./list.js";

const { job } = document.body.dataset;
const asked = JSON.parse(byId("asked").textContent);
const NAIVE = ["last value", "last season"];
const state = { rows: [], stage: null, model: "", answer: null, residuals: false, parts: null, row: null };

const show = (name) => { byId(name).hidden = false; };
const say = (text) => { byId("status").textContent = text; };

hear(job, (event) => (HEARD[event.event] ?? (() => {}))(event));

const HEARD = {
  read(event) { say("Read. A first forecast comes at once."); byId("summary").textContent = event.summary; },
  async forecast(event) {
    const first = state.stage === null;
    Object.assign(state, { stage: event.stage === 0 ? "first" : "forecast", model: event.model });
    show("forecast");
    byId("by").textContent = event.stage === 0
      ? `A first forecast, by ${event.model}. Models are compared now; the chosen one takes its place.`
      : `By ${event.model}, the outcome of the comparison.`;
    if (first) state.again = await list(job, ["steps", "last", "error", "naive"], (row) => { state.row = row; series(); });
  },
  candidate(event) {
    state.rows.push(event.row);
    say(`Compared ${state.rows.length} of ${event.candidates} models; the last was ${event.row.name}.`);
    byId("progress").max = event.candidates;
    byId("progress").value = event.number + 1;
    leaderboard([...state.rows].sort((a, b) => (a.mase ?? Infinity) - (b.mase ?? Infinity)), null, false);
  },
  answer(event) {
    state.answer = event;
    say(event.interrupted ? "Stopped: this is the answer by the models compared so far." : "The answer is there. Its files are being written.");
    byId("stop").hidden = true;
    byId("headline").textContent = [event.sentence, event.trust?.sentence].filter(Boolean).join(" ");
    fill(byId("known"), event.predictability ? `Information in the forecast: ${event.predictability}` : "");
    tiles(event);
    if (event.leaderboard.length) leaderboard(event.leaderboard, event.name, true);
    if (event.steps) steps(event);
    if (state.row) series();
    state.again?.();
  },
  residuals() { state.residuals = true; if (state.dated !== undefined) residuals(state.row); },
  components(event) { state.parts = event.names; if (state.dated !== undefined) components(state.row); },
  likeness(event) {
    show("likeness");
    const several = event.rows.length > 1;
    byId("likeness-words").textContent = several ? `Tests of unit roots and of the level of ${number(event.rows.length)} of ${number(event.curves)} series.` : event.rows[0][1];
    fill(byId("verdicts"), several ? el("ul", {}, ...event.rows.map(([, said]) => el("li", {}, said))) : null);
  },
  known(event) { state.known = event.names; if (state.dated !== undefined) grid(); },
  file(event) {
    const place = byId(`file-${event.name}`);
    fill(place, el("a", { href: `/answers/${job}/files/${event.name}`, download: event.name }, place.dataset.name));
  },
  ended(event) {
    byId("stop").hidden = true;
    byId("progress").hidden = true;
    byId("status").classList.remove("working");
    if (event.how === "done") return say(`Done in ${event.seconds.toFixed(1)} s.`);
    say(event.how === "cancelled" ? "Cancelled. What was found so far stays on this page." : "It failed.");
    if (event.how === "failed") { byId("alarm").textContent = event.sentence; show("alarm"); }
    for (const place of document.querySelectorAll("[data-name] > span")) place.remove();
    return undefined;
  },
};

async function series() {
  const row = state.row;
  const [past, ahead] = await Promise.all([ask(`/jobs/${job}/series/${row.number}/history`), ask(`/jobs/${job}/series/${row.number}/${state.stage}`)]);
  if (row !== state.row) return;
  state.dated = past.dated;
  byId("caption").textContent = row.name;
  const recent = byId("whole").checked ? past.t.length : Math.max(5 * ahead.t.length, 60);
  const near = { ...past, t: past.t.slice(-recent), y: past.y.slice(-recent) };
  const trusted = state.stage === "forecast" ? state.answer?.trust?.horizon : null;
  draw(byId("drawn"), forecastSpec(near, ahead, { levels: asked.levels, title: row.channel, trusted, dated: past.dated }),
    `${row.name}: ${past.steps} steps of history, then the forecast of ${ahead.t.length} steps`);
  const head = ["", "forecast", ...asked.levels.flatMap((level) => [`low ${level}%`, `high ${level}%`])];
  fill(byId("values"), table(head, ahead.t.map((at, k) => [
    stamp(at, past.dated), number(ahead.mean[k]), ...asked.levels.flatMap((_, n) => ahead.ends[n].map((end) => number(end[k])))])));
  if (state.residuals) residuals(row);
  if (state.parts) components(row);
  if (state.known) grid();
}

byId("picture").addEventListener("click", () => picture(byId("drawn"), "forecast.svg"));
byId("whole").addEventListener("change", () => { if (state.row) series(); });

function tiles(event) {
  const trust = event.trust;
  fill(byId("tiles"), ...[
    ["Forecast", `${number(asked.horizon)} step${asked.horizon === 1 ? "" : "s"}`, asked.levels.length ? `with ${asked.levels.join("% and ")}% intervals` : ""],
    ["Model", event.name, event.leaderboard.length ? `of ${event.leaderboard.length} compared` : "nothing was compared"],
    ...(trust ? [["Trusted", trust.horizon ? `${number(trust.horizon)} of ${number(asked.horizon)} steps` : "no step yet", `${number(event.origins)} origins inside the data`]] : []),
  ].map(([name, value, more]) => el("div", {}, el("dt", {}, name), el("dd", {}, value, more ? el("small", {}, more) : null))));
}

function leaderboard(rows, chosen, final) {
  show("models");
  const naive = rows.find((row) => ["seasonal-naive", "naive"].includes(row.name))?.mase;
  fill(byId("board"), table(["model", ...(naive ? ["against naive"] : []), "error (MASE)", ...(final ? ["won"] : []), "seconds"], rows.map((row) => [
    row.name === chosen ? el("span", {}, row.name, el("span", { class: "chip" }, "chosen")) : row.name,
    ...(naive ? [bar(row.mase / naive)] : []),
    row.mase === null ? "–" : row.mase.toFixed(3), ...(final ? [percent(row.won)] : []), row.seconds.toFixed(1)]),
  (n) => (rows[n].name === chosen ? { class: "strong" } : {})));
}

function bar(ratio) {
  if (!Number.isFinite(ratio)) return "–";
  const inside = el("i", { class: Math.abs(ratio - 1) < 0.005 ? "same" : ratio > 1 ? "worse" : null });
  inside.style.width = `${Math.min(ratio, 2) * 50}%`;
  return el("span", {}, el("span", { class: "bar naive" }, inside), ratio.toFixed(2));
}

function steps(event) {
  const all = event.steps;
  if (all.step.length < 2) return;
  show("by-step");
  const best = event.leaderboard.map((row) => row.name).find((name) => name !== event.name && all[name]);
  const names = [event.name, best, ...NAIVE].filter((name) => name && all[name]);
  draw(byId("steps"), linesSpec(all.step, Object.fromEntries(names.map((name) => [name, all[name]])), { title: "MASE", naive: NAIVE, trusted: event.trust?.horizon }),
    `Error at each step ahead of ${names.join(", ")}`);
}

async function residuals(row) {
  const found = await ask(`/jobs/${job}/series/${row.number}/residuals`);
  show("residuals");
  byId("bias").textContent = found.bins.length
    ? `Fitted minus actual values, one step ahead: ${number(found.bias)} on average, standard deviation ${number(found.spread)}. Above zero the model was too high.`
    : "No step has both an actual and a fitted value.";
  if (!found.bins.length) return;
  draw(byId("over-time"), lineSpec(state.dated, found.t, found.y, { title: "error", colour: 1, zero: true }), `Residuals of ${row.name} over time`);
  draw(byId("histogram"), histogramSpec(found.bins), `Histogram of the residuals of ${row.name}`);
  if (state.overall) return;
  state.overall = await ask(`/jobs/${job}/residuals`);
  const { bins, curves, biased } = state.overall;
  if (curves < 2) return;
  show("overall");
  byId("overall-words").textContent = `Over all ${number(curves)} series, each in standard deviations of its own: ${percent(biased)} of them have a mean residual that is off 0 by more than two of its standard errors; by chance it were about 5%.`;
  draw(byId("overall-drawn"), histogramSpec(bins, { title: "standard deviations" }), `Histogram of the residuals of all ${curves} series`);
}

async function components(row) {
  const { parts } = await ask(`/jobs/${job}/series/${row.number}/components`);
  byId("components").hidden = !parts.length;
  const boxes = parts.map((_, n) => el("figure", {}, el("figcaption", {}, state.parts[n]), el("div")));
  fill(byId("parts"), ...boxes);
  parts.forEach((part, n) => draw(boxes[n].lastChild, lineSpec(state.dated, part.t, part.y, { height: 150, colour: n + 1 }), `${state.parts[n]} of ${row.name}`));
}

async function grid() {
  const { row, known } = state;
  const [{ values }, ahead] = await Promise.all([ask(`/jobs/${job}/series/${row.number}/known`), ask(`/jobs/${job}/series/${row.number}/forecast`)]);
  show("what-if");
  Object.assign(state, { ahead, kept: null, other: null });
  byId("keep").disabled = true;
  fill(byId("grid"), table(["", ...known, "forecast", "what if", "difference"], values.map((cells, step) => [
    stamp(ahead.t[step], state.dated),
    ...cells.map((cell, n) => el("input", { inputmode: "decimal", value: cell ?? "", "data-column": known[n], "aria-label": `${known[n]}, ${stamp(ahead.t[step], state.dated)}` })),
    number(ahead.mean[step]), "", ""])));
  byId("difference").textContent = "";
  fill(byId("scenarios"));
}

byId("as-known").addEventListener("click", grid);
byId("keep").addEventListener("click", () => {
  state.kept = state.other;
  byId("keep").disabled = true;
  byId("difference").textContent = "The first scenario is kept. Change the columns again, and compare.";
  const head = [...byId("grid").querySelectorAll("thead th")].slice(-3);
  ["first scenario", "second scenario", "second − first"].forEach((name, n) => { head[n].textContent = name; });
  byId("grid").querySelectorAll("tbody tr").forEach((line, k) => {
    const [base, what, gap] = [...line.children].slice(-3);
    base.textContent = number(state.kept.mean[k]);
    what.textContent = gap.textContent = "";
  });
});
byId("compare").addEventListener("click", async () => {
  const { row, known, ahead } = state;
  const fields = [...byId("grid").querySelectorAll("input")];
  const values = Object.fromEntries(known.map((name) => [name, fields.filter((field) => field.dataset.column === name).map((field) => field.value)]));
  try {
    const [past, other] = await Promise.all([ask(`/jobs/${job}/series/${row.number}/history`), ask(`/answers/${job}/what-if`, { series: row.number, values })]);
    const base = state.kept ?? ahead;
    const gaps = other.mean.map((mean, k) => mean - base.mean[k]);
    state.other = other;
    byId("keep").disabled = state.kept !== null;
    byId("grid").querySelectorAll("tbody tr").forEach((line, k) => {
      const [what, gap] = [...line.children].slice(-2);
      what.textContent = number(other.mean[k]);
      gap.textContent = number(gaps[k]);
    });
    const sum = gaps.reduce((total, gap) => total + gap, 0);
    byId("difference").textContent = gaps.every((gap) => Math.abs(gap) < 1e-9)
      ? "No difference: the models that were chosen do not read what was changed, or nothing was."
      : `The sum of all ${gaps.length} steps ${state.kept ? "of the second scenario less the first is" : "differs by"} ${number(sum)} (${sum > 0 ? "+" : ""}${((100 * sum) / base.mean.reduce((total, mean) => total + mean, 0)).toFixed(1)}%).`;
    const near = { t: past.t.slice(-5 * ahead.t.length), y: past.y.slice(-5 * ahead.t.length) };
    const others = state.kept ? [{ name: "first scenario", mean: state.kept.mean }, { name: "second scenario", mean: other.mean }] : [{ name: "what if", mean: other.mean }];
    draw(byId("scenarios"), forecastSpec(near, ahead, { levels: asked.levels, title: row.channel, dated: past.dated, others }),
      `${row.name}: the forecast, and the forecast with the changed columns`);
  } catch (error) { byId("difference").textContent = error.message; }
});
