// The table of a comparison: its two views, search, export, and cells of two lines.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, grid } = app;
  const NARROW_PX = 640;
  const NARROW_NAME_PX = 142;
  const isDifference = (column) => column.endsWith("_vs_uncontrolled");

  // On a phone, the full name of a strategy would leave no room for the figures.
  async function applyView(view) {
    const api = await grid.getGrid(ids.COMPARE_TABLE);
    const columns = api.getColumns().filter((column) => column.getColDef().cellRendererParams?.shown);
    const names = columns.map((column) => column.getColId());
    const differences = view === "differences";
    const isShown = (name) => isDifference(name) === differences;
    api.setColumnsVisible(
      names.filter((name) => !isShown(name)),
      false,
    );
    api.setColumnsVisible(names.filter(isShown), true);
    if (window.innerWidth < NARROW_PX) api.setColumnWidths([{ key: "variant", newWidth: NARROW_NAME_PX }]);
    api.sizeColumnsToFit();
  }

  // Dash waits for a returned promise to write its value; these callbacks have no output, so they return nothing.
  function showView(view) {
    applyView(view);
  }

  function search(text) {
    grid.filterRows(ids.COMPARE_TABLE, text);
  }

  // The columns of the other view are exported too: whoever saves the table gets all of it.
  function exportCsv(clicks) {
    if (!clicks) return;
    const { texts } = app.compare.page;
    const head = [[texts.csv.scenario, document.getElementById(ids.COMPARE_RESULT_SCENARIO)?.textContent ?? ""]];
    grid.exportCsv(ids.COMPARE_TABLE, { fileName: texts.file_name, allColumns: true, texts: texts.csv, head });
  }

  const make = (type, props, ...children) => window.React.createElement(type, props, ...children);

  function makeCell(text, note, tone, title) {
    return make(
      "div",
      { className: `compare-cell ${tone || ""}`, title },
      make("span", {}, text),
      make("small", {}, note),
    );
  }

  function makeNameCell({ data }) {
    return makeCell(data.strategy, data.note, "compare-cell-name", data.strategy);
  }

  function makeFigureCell({ data, colDef: { field } }) {
    return makeCell(data[`${field}_text`], data[`${field}_note`], data[`${field}_tone`]);
  }

  window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};
  Object.assign(window.dashAgGridComponentFunctions, { VariantName: makeNameCell, ComparisonCell: makeFigureCell });
  app.compareTable = { showView, search, exportCsv };
})();
