// A text is counted, or a network is trained on it; then it answers while one writes.
import { ask, byId, el, fill, hear, number, percent, table } from "./dom.js";

const { job } = document.body.dataset;
let model = null;
let seed = 1;

const say = (text) => { byId("status").textContent = text; };
const alarm = (error) => { byId("alarm").textContent = error?.message ?? ""; byId("alarm").hidden = !error; };

/** Run `work` a moment after the last call; answers that come too late are dropped. */
function calm(work, wait = 120) {
  let timer = 0;
  let turn = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++turn;
      try {
        const show = await work();
        if (mine === turn) { alarm(null); show(); }
      } catch (error) { if (mine === turn) alarm(error); }
    }, wait);
  };
}

/** A question to the model of this text: to that which was counted, or to the one chosen of those that were trained. */
const question = (kind, asked) => ask(`/text/${kind}`, job ? { job, name: byId("by").value, ...asked } : { name: model, ...asked });

const tiles = (told) => fill(byId("tiles"), ...[
  ["Tokens", number(told.tokens), `${number(told.lines)} line${told.lines === 1 ? "" : "s"}`], ["Vocabulary", number(told.vocabulary), "different tokens"],
  ["Perplexity", told.perplexity ? number(told.perplexity) : "–", told.perplexity ? "on the last tenth, by the rest" : "too little text to judge"],
].map(([name, value, more]) => el("div", {}, el("dt", {}, name), el("dd", {}, value, el("small", {}, more)))));

byId("kind")?.addEventListener("change", () => {
  for (const field of document.querySelectorAll("[data-of]")) field.hidden = field.dataset.of !== byId("kind").value;
});

byId("give")?.addEventListener("submit", async (event) => {
  byId("status").className = "working";
  if (byId("kind").value === "network") return say("Reading …"); // sent as a form, answered by the page of its job
  event.preventDefault();
  alarm(null);
  say("Counting …");
  try {
    const answer = await fetch("/text/count", { method: "POST", body: new FormData(byId("give")), headers: { accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error);
    model = told.name;
    say(`Counted ${told.label}.`);
    tiles(told);
    byId("asked").hidden = false;
    next();
    draws();
  } catch (error) { say(""); alarm(error); }
  byId("status").className = "";
  return undefined;
});

const trained = { rows: [], text: {} };
const board = (rows, final) => fill(byId("board"), table(["model", "perplexity", "bits a token", ...(final ? ["weight"] : []), "seconds"], rows.map((row) => [
  row.name, number(row.perplexity), row.bits.toFixed(3), ...(final ? [percent(row.weight)] : []), row.seconds.toFixed(1)])));

const HEARD = {
  text(event) {
    trained.text = event;
    say(event.held_out ? `${number(event.tokens)} tokens to learn from, ${number(event.held_out)} held out. Counting …` : "Too little text to hold any out. Counting …");
  },
  model(event) { trained.rows.push(event); board(trained.rows, false); },
  epoch(event) {
    say(`Training the network: epoch ${event.number} of ${event.epochs}${event.validation === null ? "" : `, perplexity ${number(Math.exp(event.validation))} on held-out text`}.`);
    byId("progress").max = event.epochs;
    byId("progress").value = event.number;
  },
  answer(event) {
    if (event.rows.length) board(event.rows, true);
    byId("said").textContent = [event.sentence, event.more].filter(Boolean).join(" ");
    tiles({ ...trained.text, perplexity: event.rows[0]?.perplexity });
    for (const option of [...byId("by").options]) {
      if (!event.models.includes(option.value)) option.remove();
      else byId(`file-${option.value}`).hidden = false;
    }
    byId("asked").hidden = false;
    next();
    draws();
  },
  ended(event) {
    byId("stop").hidden = true;
    byId("status").classList.remove("working");
    say({ done: `Done in ${event.seconds?.toFixed(1)} s.`, cancelled: "Cancelled." }[event.how] ?? "It failed.");
    if (event.how === "failed") alarm(new Error(event.sentence));
  },
};
if (job) hear(job, (event) => HEARD[event.event]?.(event));

const next = calm(async () => {
  const found = await question("next", { prompt: byId("prompt").value });
  return () => {
    byId("strange").textContent = found.unknown.length ? `Not in the text, read as unknown: ${found.unknown.join(", ")}` : "";
    fill(byId("bars"), table(["token", "", "probability"], found.rows.map(([token, share]) => [shown(token), bar(share / found.rows[0][1]), percent2(share)])));
  };
});

const percent2 = (share) => (share < 0.01 ? `${(100 * share).toFixed(2)}%` : percent(share));
const shown = (token) => ({ "</s>": "(end)", "<unk>": "(unknown)", " ": "(space)" })[token] ?? token;

function bar(share) {
  const inside = el("i");
  inside.style.width = `${100 * share}%`;
  return el("span", { class: "bar" }, inside);
}

const draws = calm(async () => {
  const of = (name) => Number(byId(name).value);
  const texts = await question("sample", { prompt: byId("prompt").value, temperature: of("temperature"), nucleus: of("nucleus"), length: of("length"), seed });
  return () => fill(byId("samples"), ...texts.map((text) => el("li", {}, text)));
}, 250);

byId("prompt").addEventListener("input", () => { next(); draws(); });
byId("by")?.addEventListener("change", () => {
  next();
  draws();
  if (byId("lines").value.trim()) byId("rank").click();
  if (byId("gaps").value.trim()) byId("fill").click();
});
for (const name of ["temperature", "nucleus", "length"]) {
  byId(name).addEventListener("input", () => { byId(`${name}-value`).value = byId(name).value; draws(); });
}
byId("again").addEventListener("click", () => { seed += 1; draws(); });

byId("rank").addEventListener("click", calm(async () => {
  const rows = await question("rank", { lines: byId("lines").value });
  return () => fill(byId("ranked"), table(["sentence", "bits a token"], rows.map(([text, bits]) => [text, number(bits)])));
}, 0));

byId("fill").addEventListener("click", calm(async () => {
  const found = await question("fill", { text: byId("gaps").value });
  return () => {
    byId("best").textContent = found.best;
    fill(byId("filled"), table(["gap", "most probable"], found.gaps.map((rows, n) => [String(n + 1), rows.map(([token, share]) => `${shown(token)} ${percent2(share)}`).join(", ")])));
  };
}, 0));

byId("ask-model")?.addEventListener("click", calm(async () => {
  const lines = byId("texts").value.split("\n").filter((line) => line.trim());
  const { kind, rows } = await ask("/text/models", { model: byId("named").value, lines: lines.join("\n") });
  const labels = (row) => row.slice(0, 4).map(([name, share]) => `${name} ${percent2(share)}`).join(", ");
  const tags = (row) => row.map(([word, tag]) => `${word}/${tag}`).join(" ");
  const told = { label: labels, tag: tags, translate: (row) => row || "(nothing)" }[kind];
  return () => fill(byId("told"), table(["text", { label: "labels", tag: "words and tags", translate: "translation" }[kind]], rows.map((row, n) => [lines[n], told(row)])));
}, 0));

const place = byId("drop");
if (place) {
  for (const kind of ["dragenter", "dragover"]) document.addEventListener(kind, (event) => { event.preventDefault(); place.classList.add("over"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    byId("file").files = event.dataTransfer.files;
    byId("give").requestSubmit();
  });
}
