// The table of a comparison: its two views, search, export, and cells of two lines.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, grid } = app;
  const NARROW_PX = 640;
  const NARROW_NAME_PX = 142;
  const NO_VALUE = "–";
  const isDifference = (column) => column.endsWith("_vs_uncontrolled");
  const listeners = {
    ready: (api) => {
      api.applyColumnState({ state: sorting });
      fill(api);
    },
    sortChanged: (api) => {
      sorting = api.getColumnState().map(({ colId, sort, sortIndex }) => ({ colId, sort, sortIndex }));
    },
    gridSizeChanged: (api) => fit(api),
  };
  const result = { rows: [] };
  let view = "values";
  // Each language, and each visit of the page, has a grid of its own.
  let sorting = [];

  // The note of a cell is smaller than its number: measured as large as the number, it has room to spare.
  function listLines(column) {
    const name = column.getColId();
    return result.rows.flatMap((row) => [row[`${name}_text`] || "", ...(row[`${name}_note`] || "").split("\n")]);
  }

  const fit = (api) => grid.fitColumns(api, ids.COMPARE_TABLE, listLines);

  // A figure that applies to no strategy, as that of a demand charge under a tariff without one, has no column.
  function hasValue(name) {
    const { rows } = result;
    return !rows.length || rows.some((row) => row[`${name}_text`] !== NO_VALUE);
  }

  function isShown(name) {
    return isDifference(name) === (view === "differences") && hasValue(name);
  }

  // On a phone, the full name of a strategy would leave no room for the figures.
  function layOut(api) {
    const columns = api.getColumns().filter((column) => column.getColDef().cellRendererParams?.shown);
    const names = columns.map((column) => column.getColId());
    api.setColumnsVisible(
      names.filter((name) => !isShown(name)),
      false,
    );
    api.setColumnsVisible(
      names.filter((name) => isShown(name)),
      true,
    );
    if (window.innerWidth < NARROW_PX) api.setColumnWidths([{ key: "variant", newWidth: NARROW_NAME_PX }]);
    fit(api);
  }

  // The widths come first: after the rows, AG Grid would draw cells before it changes them.
  function fill(api) {
    layOut(api);
    api.setGridOption("rowData", result.rows);
  }

  function showRows(rows) {
    result.rows = rows ?? [];
    if (app.gridLoader.isPlaced(ids.COMPARE_TABLE)) grid.watchGrid(ids.COMPARE_TABLE, listeners).then(fill);
  }

  // Dash waits for a returned promise to write its value; these callbacks have no output, so they return nothing.
  function showView(chosen) {
    view = chosen || view;
    grid.watchGrid(ids.COMPARE_TABLE, listeners).then(layOut);
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
  app.gridLoader.follow(ids.COMPARE_TABLE, () => grid.watchGrid(ids.COMPARE_TABLE, listeners));
  app.compareTable = { showRows, listRows: () => result.rows, isShown, showView, search, exportCsv };
})();
