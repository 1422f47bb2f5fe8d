// Elements made of text, never of markup: whatever a series is called, it is shown as it is written.

/** An element with attributes and children; a string is text. Names that begin with "on" listen. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (name) => document.getElementById(name);

/** Replace what an element holds. */
export const fill = (box, ...children) => box.replaceChildren(...children.filter((child) => child !== null && child !== undefined));

/** A table: names of the columns, and rows of cells, the first of which names its row. */
export function table(head, rows, attributes = () => ({})) {
  return el("table", {},
    el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...rows.map((row, n) => el("tr", attributes(n),
      el("th", { scope: "row" }, row[0]), ...row.slice(1).map((cell) => el("td", {}, cell))))));
}

/** A number as people read it: four significant digits, no exponent while that is short. */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-4)) return value.toExponential(2);
  return value.toLocaleString("en", { maximumSignificantDigits: size >= 1e4 ? 6 : 4 });
}

export const percent = (share) => `${Math.round(100 * share)}%`;

/** The stamp of a position: a date without the parts of the clock that it does not need. */
export function stamp(position, dated) {
  if (!dated) return number(position);
  const text = new Date(position).toISOString().replace("T", " ");
  return text.replace(/(:00)?\.000Z$/, "").replace(/ 00:00$/, "").replace(/\.(\d+)Z$/, ".$1");
}

/** What an address answers as JSON; an error is thrown as the sentence that came. */
export async function ask(address, body) {
  const how = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const answer = await fetch(address, { ...how, headers: { accept: "application/json", ...(how.headers ?? {}) } });
  const value = await answer.json().catch(() => ({ error: `The app answered ${answer.status}. Is it still running?` }));
  if (!answer.ok) throw new Error(value.error ?? `The app answered ${answer.status}.`);
  return value;
}

/** Hear the events of a job in order, from the first; `ended` comes once, as the last. */
export function hear(job, listener) {
  const source = new EventSource(`/jobs/${job}/events`);
  source.onmessage = (message) => {
    const event = JSON.parse(message.data);
    if (event.event === "ended") source.close();
    listener(event);
  };
  return source;
}
