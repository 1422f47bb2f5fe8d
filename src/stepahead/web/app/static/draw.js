// Figures: the look of the report, in the colours of the theme; drawn without eval.
import { el, fill } from "./dom.js";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** The colours of the theme as it is now. */
export function colours() {
  return {
    ink: token("chart-ink"), quiet: token("chart-quiet"), grid: token("chart-grid"), axis: token("chart-axis"),
    trusted: token("trusted"), tints: [token("tint-1"), token("tint-2")],
    palette: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => token(`palette-${n}`)),
  };
}

function look() {
  const c = colours();
  return {
    font: "Inter, Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif",
    background: null, view: { stroke: null },
    axis: {
      domain: false, grid: true, gridColor: c.grid, tickColor: c.grid, labelColor: c.quiet, labelFontSize: 11, labelPadding: 6,
      titleColor: c.ink, titleFontSize: 12, titleFontWeight: 500, titlePadding: 10, titleLimit: 260,
    },
    axisX: { grid: false, domain: true, domainColor: c.axis, tickColor: c.axis },
    text: { color: c.quiet, fontSize: 11 },
  };
}

const drawn = new Map();

/** Draw a specification into a box; `make` is called again when the theme changes. */
export async function draw(box, make, label) {
  const spec = make(colours());
  const { legend = null, ...rest } = spec;
  const held = el("div", { class: "chart", role: "img", "aria-label": label });
  fill(box, legend && legendOf(legend), held);
  drawn.get(box)?.finalize();
  const full = {
    width: "container", height: 260, padding: { left: 1, right: 10, top: 4, bottom: 6 },
    autosize: { type: "fit", contains: "padding" }, ...rest, config: look(), description: label,
  };
  try {
    const view = await window.vegaEmbed(held, full, {
      mode: "vega-lite", // of the version that is there: no $schema names another
      ast: true, renderer: "svg", actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true },
      loader: { load: () => Promise.reject(new Error("Nothing is loaded from elsewhere.")) },
    });
    drawn.set(box, view);
    box.redraw = () => draw(box, make, label);
  } catch (error) {
    fill(box, el("p", { class: "note" }, `This figure could not be drawn: ${error.message}`));
  }
}

/** Save the figure of a box as an SVG file. */
export async function picture(box, name) {
  const { view } = drawn.get(box);
  const svg = await view.background(token("page")).toSVG();
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const box of drawn.keys()) if (box.isConnected) box.redraw?.();
});

function legendOf(entries) {
  return el("ul", { class: "legend" }, ...entries.map(([name, colour]) => {
    const sign = el("i");
    sign.style.background = colour;
    return el("li", {}, sign, name);
  }));
}

const x = (dated, title = null) => dated
  ? { field: "t", type: "temporal", title, scale: { type: "utc", nice: false }, axis: { tickCount: 7, labelOverlap: true } }
  : { field: "t", type: "quantitative", title: title ?? "step", scale: { zero: false, nice: false }, axis: { tickCount: 8, format: "~r" } };

const y = (title = null, zero = false) => ({ field: "y", type: "quantitative", title, scale: { zero, nice: true }, axis: { tickCount: 5 } });

const pairs = (t, values) => t.map((at, n) => ({ t: at, y: values[n] }));

const line = (t, values, colour, width, axes, more = {}) => ({
  data: { values: pairs(t, values) },
  mark: { type: "line", color: colour, strokeWidth: width, invalid: "break-paths-show-path-domains", ...more },
  encoding: axes,
});

/** One line over time. */
export const lineSpec = (dated, t, values, { title = null, height = 220, colour = 0, zero = false } = {}) => (c) => ({
  height,
  ...line(t, values, colour === 0 ? c.ink : c.palette[colour - 1], 1.5, { x: x(dated), y: y(title, zero) }),
});

/** History, forecast and intervals; `trusted` steps lie before a mark. */
export const forecastSpec = (past, ahead, { levels, title, trusted = null, dated, others = [] }) => (c) => {
  const axes = { x: x(dated), y: y(title) };
  const last = past.t.length - 1;
  const joined = last >= 0 && past.y[last] !== null;
  const t = joined ? [past.t[last], ...ahead.t] : ahead.t;
  const join = (values) => (joined ? [past.y[last], ...values] : values);
  const order = levels.map((level, n) => [level, n]).sort((a, b) => b[0] - a[0]);
  const tint = (n) => (order.length === 1 ? c.tints[0] : n === order.length - 1 ? c.tints[1] : c.tints[0]);
  const areas = order.map(([, n], place) => {
    const [low, high] = ahead.ends[n].map(join);
    return {
      data: { values: t.map((at, k) => ({ t: at, y: low[k], high: high[k] })) },
      mark: { type: "area", color: tint(place), opacity: order.length > 2 ? 0.6 : 1 },
      encoding: { ...axes, y2: { field: "high" } },
    };
  });
  const marks = [];
  if (joined) marks.push({ data: { values: [{ t: past.t[last] }] }, mark: { type: "rule", color: c.quiet, strokeDash: [3, 3] }, encoding: { x: axes.x } });
  if (trusted) {
    const at = ahead.t[Math.min(trusted, ahead.t.length) - 1];
    marks.push({ data: { values: [{ t: at }] }, mark: { type: "rule", color: c.palette[2], strokeDash: [5, 4], strokeWidth: 1.5 }, encoding: { x: axes.x } });
  }
  return {
    height: 320,
    legend: [
      ["history", c.ink], ["forecast", c.palette[0]], ...others.map((other, n) => [other.name, c.palette[n + 1]]),
      ...order.map(([level], n) => [`${level}% interval`, tint(n)]).reverse(),
      ...(trusted ? [["trusted up to here", c.palette[2]]] : []),
    ],
    layer: [
      ...areas, ...marks,
      line(past.t, past.y, c.ink, 1.6, axes),
      ...others.map((other, n) => line(t, join(other.mean), c.palette[n + 1], 2, axes)),
      line(t, join(ahead.mean), c.palette[0], 2.4, axes),
      {
        data: { values: [...pairs(past.t, past.y), ...pairs(ahead.t, ahead.mean)].filter((row) => row.y !== null) },
        mark: { type: "point", opacity: 0, size: 60, filled: true },
        encoding: {
          ...axes,
          tooltip: [
            { field: "t", type: dated ? "temporal" : "quantitative", title: "when", ...(dated ? { format: "%Y-%m-%d %H:%M", formatType: "time" } : {}) },
            { field: "y", type: "quantitative", title: title ?? "value", format: ",.4~g" },
          ],
        },
      },
    ],
  };
};

/** Lines by step ahead or by any number: `{name: values}`, the first is set off, dashed ones are those of `naive`. */
export const linesSpec = (at, lines, { title, below = "step ahead", naive = [], height = 280, zero = true, log = false, trusted = null }) => (c) => {
  const names = Object.keys(lines);
  const colour = (name) => (naive.includes(name) ? [c.quiet, c.axis][naive.indexOf(name)] ?? c.quiet : c.palette[names.filter((other) => !naive.includes(other)).indexOf(name) % 8]);
  const axes = {
    x: { field: "t", type: "quantitative", title: below, scale: { zero: false, nice: false }, axis: { tickMinStep: 1, format: "~r" } },
    y: { ...y(title, zero && !log), ...(log ? { scale: { type: "log" } } : {}) },
  };
  const band = trusted ? [{
    data: { values: [{ t: at[0] - 0.5, end: at[Math.min(trusted, at.length) - 1] + 0.5 }] },
    mark: { type: "rect", color: c.trusted, clip: true }, encoding: { x: { ...axes.x, scale: { ...axes.x.scale, domain: [at[0] - 0.5, at[at.length - 1] + 0.5] } }, x2: { field: "end" } },
  }] : [];
  return {
    height, legend: names.map((name) => [name, colour(name)]),
    layer: [...band, ...names.map((name, n) => line(at, lines[name], colour(name), n === 0 ? 2.6 : 1.6, axes, {
      ...(naive.includes(name) ? { strokeDash: [5, 4] } : {}), ...(at.length < 40 && n === 0 ? { point: { size: 28, color: colour(name) } } : {}),
    }))],
  };
};

/** Numbers by row and step, from 0 or, where they are signed, from −1 to 1. */
export const heatSpec = (t, rows, signed) => (c) => ({
  height: 200, data: { values: rows.flatMap((row, unit) => row.map((v, k) => ({ t: t[k], end: t[k] + 1, unit, below: unit + 1, v }))) },
  mark: { type: "rect" },
  encoding: {
    x: { field: "t", type: "quantitative", title: "step", scale: { zero: false, nice: false }, axis: { tickCount: 5, format: "d" } }, x2: { field: "end" },
    y: { field: "unit", type: "quantitative", title: "hidden unit", scale: { nice: false, reverse: true }, axis: { grid: false, tickCount: 3, format: "d" } }, y2: { field: "below" },
    color: { field: "v", type: "quantitative", title: null, legend: { orient: "top", gradientLength: 140, tickCount: 3 },
      scale: signed ? { domain: [-1, 0, 1], range: [c.palette[1], token("page"), c.palette[0]] } : { domain: [0, 1], range: [token("page"), c.palette[0]] } },
  },
});

/** A histogram from its bins. */
export const histogramSpec = (bins, { title = "error", height = 220 } = {}) => (c) => ({
  height, data: { values: bins.map(([low, high, count]) => ({ low, high, count })) },
  mark: { type: "bar", color: c.tints[1] },
  encoding: {
    x: { field: "low", type: "quantitative", bin: { binned: true }, title, axis: { grid: false, tickCount: 6 } },
    x2: { field: "high" }, y: { field: "count", type: "quantitative", title: "steps", axis: { tickCount: 4 } },
  },
});
