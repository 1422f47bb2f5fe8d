// The list of series: searched, a page at a time, one of them chosen.
import { ask, byId, el, fill, number } from "./dom.js";

const COLUMNS = {
  steps: (row) => number(row.steps), first: (row) => row.first, last: (row) => row.last,
  missing: (row) => (row.missing ? `${number(row.missing)} (gap ${number(row.gap)})` : "–"), low: (row) => number(row.low), mean: (row) => number(row.mean),
  error: (row) => number(row.error), naive: (row) => number(row.naive), high: (row) => number(row.high), outliers: (row) => (row.outliers.length ? number(row.outliers.length) : "–"),
};

const TITLES = { error: "error (MASE)", naive: "naive error" };

/** Show the series of a job in `#series`; `choose(row)` is called for the first, and for each that is chosen. Returned is a function that asks anew. */
export async function list(job, columns, choose) {
  const box = byId("series");
  const search = el("input", { type: "search", placeholder: "Search series", "aria-label": "Search series by name" });
  const count = el("span", { class: "note", role: "status" });
  const held = el("div", { class: "list", tabindex: "-1" });
  const more = el("button", { type: "button", hidden: true }, "Next");
  const back = el("button", { type: "button", hidden: true }, "Back");
  let chosen = null;
  let start = 0;

  function pick(row) {
    chosen = row.number;
    for (const line of held.querySelectorAll("tbody tr")) line.setAttribute("aria-selected", String(line.dataset.number === String(chosen)));
    choose(row);
  }

  async function show() {
    const found = await ask(`/jobs/${job}/series?search=${encodeURIComponent(search.value)}&start=${start}`);
    count.textContent = found.found === found.total ? `${number(found.total)} series` : `${number(found.found)} of ${number(found.total)} series`;
    const rows = found.rows.map((row) => el("tr", { "aria-selected": String(row.number === chosen), "data-number": row.number },
      el("th", { scope: "row", class: "long" }, el("button", { type: "button", class: "plain", onclick: () => pick(row) }, row.name)),
      ...columns.map((name) => el("td", {}, COLUMNS[name](row)))));
    fill(held, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "series"), ...columns.map((name) => el("th", { scope: "col" }, TITLES[name] ?? name)))),
      el("tbody", {}, ...rows)));
    more.hidden = start + found.rows.length >= found.found;
    back.hidden = start === 0;
    box.hidden = found.total === 1;
    return found.rows;
  }

  search.addEventListener("input", () => { start = 0; show(); });
  more.addEventListener("click", () => { start += 50; show(); });
  back.addEventListener("click", () => { start = Math.max(0, start - 50); show(); });
  fill(box, el("div", { class: "row" }, search, count, back, more), held);
  const rows = await show();
  if (rows.length) pick(rows[0]);
  return show;
}
