// Drop a file anywhere on its place, or pick one: the form is sent at once.
import { byId } from "./dom.js";

const form = byId("give");
const place = byId("drop");
const input = byId("file");

input.addEventListener("change", () => { if (input.files.length) send(); });
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => { event.preventDefault(); place.classList.add("over"); });
}
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) place.classList.remove("over"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  place.classList.remove("over");
  if (!event.dataTransfer.files.length) return;
  input.files = event.dataTransfer.files;
  send();
});

function send() {
  byId("sending").hidden = false;
  form.requestSubmit();
}
