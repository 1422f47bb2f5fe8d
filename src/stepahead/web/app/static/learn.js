// The textbook: every slider asks the app to compute its picture anew.
import { ask, byId, el, fill, number } from "./dom.js";
import { draw, heatSpec, lineSpec, linesSpec } from "./draw.js";

const value = (name) => byId(name).value;
const tau = () => 2 ** Number(value("tau"));

/** A part of the page: computed when it comes into view, then whenever one of its controls moves. */
function part(name, question, show) {
  const status = byId(`${name}-status`);
  let timer = 0;
  let turn = 0;
  async function compute() {
    const mine = ++turn;
    status.textContent = "computing …";
    try {
      const found = await ask(`/learn/${name}`, question());
      if (mine !== turn) return;
      byId("alarm").hidden = true;
      status.textContent = "";
      show(found);
    } catch (error) {
      if (mine !== turn) return;
      status.textContent = "";
      byId("alarm").textContent = error.message;
      byId("alarm").hidden = false;
    }
  }
  byId(name).addEventListener("input", (event) => {
    const out = byId(`${event.target.id}-value`);
    if (out) out.value = "powers" in event.target.dataset ? String(tau()) : event.target.value;
    clearTimeout(timer);
    timer = setTimeout(compute, 250);
  });
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    compute();
  }, { rootMargin: "200px" });
  seen.observe(byId(name).closest("section"));
}

part("sine", () => ({ model: value("model"), tau: tau(), k: Number(value("k")), noise: Number(value("noise")), train: Number(value("train")) }), (found) => {
  const k = value("k");
  const lines = { "the series": found.x, "one step ahead": found.one, [`${k} steps ahead`]: found.far, recursion: found.recursion };
  draw(byId("sine-drawn"), seriesSpec(found.t, lines, Number(value("train"))), `The noisy sine with forecasts one and ${k} steps ahead, and the recursion from step ${value("train")}`);
  const steps = found.error.map((_, n) => n + 1);
  draw(byId("error-drawn"), linesSpec(steps, { "error of the model": found.error, ...(found.law ? { "the law": found.law } : {}), "noise, the floor": steps.map(() => found.floor), "spread of the series": steps.map(() => found.spread) },
    { title: "RMSE", below: "steps ahead, k", naive: ["noise, the floor", "spread of the series"], height: 220 }), "The error at every distance, beside the noise and the spread of the series");
  byId("sine-words").textContent = `After the training steps, the error one step ahead is ${number(found.rmse)}, ${k} steps ahead ${number(found.error[Number(k) - 1])}; no model can be below the noise, ${number(found.floor)}, and to forecast the mean would err by ${number(found.spread)}.`;
});

part("chain", () => ({ text: value("words"), start: value("start"), order: Number(value("order")), steps: Number(value("far")) }), (found) => {
  const lines = Object.fromEntries(found.words.map((word, n) => [word, found.law[n]]));
  const steps = found.law[0].map((_, n) => n);
  draw(byId("chain-drawn"), linesSpec(steps, lines, { title: "probability", below: "steps after the beginning", height: 320 }), "The law of the word, step by step");
  byId("chain-words").textContent = (found.note ?? `Long-run shares: ${found.words.map((word, n) => `${word} ${number(found.stationary[n])}`).join(", ")}.`) + ` The chain has ${found.states} states.`;
});

const EQUATIONS = {
  LSTM: "i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b); c′ = f⊙c + i⊙g; h′ = o⊙tanh(c′)",
  GRU: "r, z = σ(W x + U h + b); n = tanh(W x + b + r⊙(U h + b)); h′ = (1−z)⊙n + z⊙h",
  RNN: "h′ = tanh(W x + U h + b): no gates",
};

part("unrolled", () => ({ model: value("cell") }), (found) => {
  byId("equations").textContent = EQUATIONS[value("cell")];
  draw(byId("unrolled-input"), lineSpec(false, found.t, found.x, { height: 150 }), "The values that come in, step by step");
  const boxes = Object.keys(found.parts).map((name) => el("figure", {}, el("figcaption", {}, name), el("div")));
  fill(byId("unrolled-parts"), ...boxes);
  Object.entries(found.parts).forEach(([name, rows], n) => draw(boxes[n].lastChild, heatSpec(found.t, rows, /candidate|state/.test(name)), `${name}, for each hidden unit and step`));
});

part("gradients", () => ({ stretch: Number(value("stretch")), keep: Number(value("keep")), steps: Number(value("back")) }), (found) => {
  const { back, ...lines } = found;
  draw(byId("gradients-drawn"), linesSpec(back, lines, { title: "gradient", below: "steps back", log: true, height: 320 }), "The size of the gradient against the steps back, for RNN, GRU and LSTM");
});

function seriesSpec(t, lines, train) {
  return (c) => {
    const colour = [c.axis, c.palette[0], c.palette[2], c.palette[1]];
    const axes = { x: { field: "t", type: "quantitative", title: "step", scale: { nice: false, zero: false }, axis: { format: "~r" } }, y: { field: "y", type: "quantitative", title: null, axis: { tickCount: 5 } } };
    return {
      height: 320, legend: Object.keys(lines).map((name, n) => [name, colour[n]]),
      layer: [
        ...Object.values(lines).map((values, n) => ({
          data: { values: t.map((at, k) => ({ t: at, y: values[k] })) },
          mark: { type: "line", color: colour[n], strokeWidth: [1, 1.4, 1.8, 2.4][n], invalid: "break-paths-show-path-domains", clip: true }, encoding: axes,
        })),
        { data: { values: [{ t: train }] }, mark: { type: "rule", color: c.quiet, strokeDash: [3, 3] }, encoding: { x: axes.x } },
      ],
    };
  };
}
