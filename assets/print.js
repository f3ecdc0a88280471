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

  function make(name, children, properties = {}) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }

  // A cell of a comparison has its text in the row, and a note below it.
  function makeCell(api, node, column) {
    const field = column.getColId();
    const { data } = node;
    const lines =
      field === "variant"
        ? [data.strategy, data.note]
        : [
            data[`${field}_text`] ?? api.getCellValue({ rowNode: node, colKey: column, useFormatter: true }),
            data[`${field}_note`],
          ];
    return make(
      "td",
      lines
        .filter(Boolean)
        .flatMap((line) => [line, document.createElement("br")])
        .slice(0, -1),
    );
  }

  // A grid has only the rows and columns in sight.
  function copyGrid(id) {
    const api = document.getElementById(id) && window.dash_ag_grid?.getApi(id);
    if (!api) return;
    const columns = api.getAllDisplayedColumns();
    const rows = [];
    api.forEachNodeAfterFilterAndSort((node) =>
      rows.push(
        make(
          "tr",
          columns.map((column) => makeCell(api, node, column)),
        ),
      ),
    );
    const head = columns.map((column) => make("th", [column.getColDef().headerName], { scope: "col" }));
    const table = make("table", [make("thead", [make("tr", head)]), make("tbody", rows)], { className: "print-table" });
    document.getElementById(id).after(table);
    if (table.scrollWidth > root.clientWidth || table.offsetWidth > table.parentElement.clientWidth)
      table.style.zoom = table.parentElement.clientWidth / table.offsetWidth;
  }

  function prepare() {
    if (root.classList.contains("printing")) return;
    screen.theme = root.dataset.bsTheme;
    root.dataset.bsTheme = "light";
    root.classList.add("printing");
    root.classList.toggle("printing-sheet", document.querySelector(".sheet") !== null);
    for (const id of [ids.TABLE, ids.COMPARE_TABLE]) copyGrid(id);
    fitCharts();
  }

  function restore() {
    if (!root.classList.contains("printing")) return;
    root.dataset.bsTheme = screen.theme;
    root.classList.remove("printing", "printing-sheet");
    for (const table of document.querySelectorAll(".print-table")) table.remove();
    freeCharts();
  }

  window.addEventListener("beforeprint", prepare);
  window.addEventListener("afterprint", restore);
  media.addEventListener("change", ({ matches }) => (matches ? prepare() : restore()));
})();
