const options = {ast: true, renderer: "svg", actions: {export: true, source: false, compiled: false, editor: false}, downloadFileName: "figure"};
const drawn = [];
for (const box of document.querySelectorAll(".chart")) {
  const spec = JSON.parse(document.getElementById(box.dataset.spec).textContent);
  drawn.push(vegaEmbed(box, spec, options).catch((error) => { box.textContent = "This figure could not be drawn: " + error.message; }));
}
Promise.all(drawn).then(() => document.body.classList.add("drawn"));
