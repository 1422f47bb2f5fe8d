// A text is counted; then it answers while one writes.
import { ask, byId, el, fill, number, percent, table } from "./dom.js";

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

byId("give").addEventListener("submit", async (event) => {
  event.preventDefault();
  alarm(null);
  byId("status").className = "working";
  say("Counting …");
  try {
    const answer = await fetch("/text/count", { method: "POST", body: new FormData(byId("give")), headers: { accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error);
    model = told.name;
    say(`Counted ${told.label}.`);
    fill(byId("tiles"), ...[
      ["Tokens", number(told.tokens), `${number(told.lines)} lines`], ["Vocabulary", number(told.vocabulary), "different tokens"],
      ["Perplexity", told.perplexity === null ? "–" : number(told.perplexity), told.perplexity === null ? "too few lines to judge" : "on the last tenth, by the rest"],
    ].map(([name, value, more]) => el("div", {}, el("dt", {}, name), el("dd", {}, value, el("small", {}, more)))));
    byId("asked").hidden = false;
    next();
    draws();
  } catch (error) { say(""); alarm(error); }
  byId("status").className = "";
});

const next = calm(async () => {
  const found = await ask("/text/next", { name: model, prompt: byId("prompt").value });
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
  const texts = await ask("/text/sample", { name: model, prompt: byId("prompt").value, temperature: of("temperature"), nucleus: of("nucleus"), length: of("length"), seed });
  return () => fill(byId("samples"), ...texts.map((text) => el("li", {}, text)));
}, 250);

byId("prompt").addEventListener("input", () => { next(); draws(); });
for (const name of ["temperature", "nucleus", "length"]) {
  byId(name).addEventListener("input", () => { byId(`${name}-value`).value = byId(name).value; draws(); });
}
byId("again").addEventListener("click", () => { seed += 1; draws(); });

byId("rank").addEventListener("click", calm(async () => {
  const rows = await ask("/text/rank", { name: model, lines: byId("lines").value });
  return () => fill(byId("ranked"), table(["sentence", "bits a token"], rows.map(([text, bits]) => [text, number(bits)])));
}, 0));

byId("fill").addEventListener("click", calm(async () => {
  const found = await ask("/text/fill", { name: model, text: byId("gaps").value });
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
  const told = { label: labels, tag: tags, translate: (row) => row }[kind];
  return () => fill(byId("told"), table(["text", { label: "labels", tag: "words and tags", translate: "translation" }[kind]], rows.map((row, n) => [lines[n], told(row)])));
}, 0));

const place = byId("drop");
for (const kind of ["dragenter", "dragover"]) document.addEventListener(kind, (event) => { event.preventDefault(); place.classList.add("over"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  place.classList.remove("over");
  if (!event.dataTransfer.files.length) return;
  byId("file").files = event.dataTransfer.files;
  byId("give").requestSubmit();
});
