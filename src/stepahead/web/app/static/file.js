// What was understood: waits until the file is read, then lists and draws its series.
import { ask, byId, el, fill, hear, stamp } from "./dom.js";
import { draw, lineSpec } from "./draw.js";
import { list } from "./list.js";

const job = document.body.dataset.job;

if (document.body.dataset.state === "reading") {
  hear(job, (event) => { if (event.event === "ended") location.reload(); });
} else if (document.body.dataset.state === "done") {
  list(job, ["steps", "first", "last", "missing", "low", "high", "outliers"], async (row) => {
    const past = await ask(`/jobs/${job}/series/${row.number}/history`);
    const label = `${row.name}: ${past.steps} steps from ${stamp(past.t[0], past.dated)} to ${stamp(past.t[past.t.length - 1], past.dated)}`;
    fill(byId("caption"), row.name, row.outliers.length ? el("span", { class: "note" }, ` · outliers: ${row.outliers.slice(0, 8).join(", ")}`) : null);
    draw(byId("drawn"), lineSpec(past.dated, past.t, past.y, { title: row.channel, height: 300 }), label);
  });
}
