// Printing: light colours, charts as wide as the paper, tables with all of their rows and columns; then all as before.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  const root = document.documentElement;
  const media = window.matchMedia("print");
  const screen = { theme: "" };
  const listCharts = () => [...document.querySelectorAll(".js-plotly-plot")].filter(({ data }) => data);

  // Before the browser prints, nothing may wait: Plotly's own fit to a new width comes too late.
  function fitCharts() {
    for (const graph of listCharts())
      if (graph.clientWidth) window.Plotly.relayout(graph, { width: graph.clientWidth, height: graph.clientHeight });
  }

  function freeCharts() {
    for (const graph of listCharts()) window.Plotly.relayout(graph, { width: null, height: null, autosize: true });
  }

  function prepare() {
    if (root.classList.contains("printing")) return;
    screen.theme = root.dataset.bsTheme;
    root.dataset.bsTheme = "light";
    root.classList.add("printing");
    root.classList.toggle("printing-sheet", document.querySelector(".sheet") !== null);
    for (const id of [ids.TABLE, ids.COMPARE_TABLE]) app.printTable.add(id);
    fitCharts();
  }

  function restore() {
    if (!root.classList.contains("printing")) return;
    root.dataset.bsTheme = screen.theme;
    root.classList.remove("printing", "printing-sheet");
    app.printTable.removeAll();
    freeCharts();
  }

  window.addEventListener("beforeprint", prepare);
  window.addEventListener("afterprint", restore);
  media.addEventListener("change", ({ matches }) => (matches ? prepare() : restore()));
})();
