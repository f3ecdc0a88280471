// The tables of a print: a grid has only the rows and columns in sight, and is not loaded before it comes near the window.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, gridLoader } = app;
  const tables = { [ids.TABLE]: app.fleetTable, [ids.COMPARE_TABLE]: app.compareTable };
  const isShown = (table, { field, hide, cellRendererParams }) =>
    cellRendererParams?.shown ? table.isShown(field) : !hide;

  // A cell of a comparison has its text in the row, and a note below it.
  function listLines(data, field, text) {
    const lines =
      field === "variant" ? [data.strategy, data.note] : [data[`${field}_text`] ?? text, data[`${field}_note`]];
    return lines.filter((line) => line || line === 0);
  }

  function readGrid(id) {
    const api = window.dash_ag_grid.getApi(id);
    const columns = api.getAllDisplayedColumns();
    const rows = [];
    api.forEachNodeAfterFilterAndSort((rowNode) =>
      rows.push(
        columns.map((colKey) =>
          listLines(rowNode.data, colKey.getColId(), api.getCellValue({ rowNode, colKey, useFormatter: true })),
        ),
      ),
    );
    return { headings: columns.map((column) => column.getColDef().headerName), rows };
  }

  function formatCell(value, { format }) {
    const [name, ...details] = format;
    return window.dashAgGridFunctions[name]({ value }, ...details);
  }

  // What a grid that is not loaded yet will show.
  function readDefinition(id) {
    const { grid } = window.dash_component_api.getLayout(`${id}${ids.GRID_DEFINITION_SUFFIX}`).props.data;
    const columns = grid.props.columnDefs.filter((column) => isShown(tables[id], column));
    const rows = tables[id]
      .listRows()
      .map((data) =>
        columns.map(({ field, context }) =>
          listLines(data, field, context ? formatCell(data[field], context) : data[field]),
        ),
      );
    return { headings: columns.map(({ headerName }) => headerName), rows };
  }

  function make(name, children, properties = {}) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }

  function makeCell(lines) {
    const parts = lines.flatMap((line) => [line, document.createElement("br")]);
    return make("td", parts.slice(0, -1));
  }

  function makeTable({ headings, rows }) {
    const head = headings.map((heading) => make("th", [heading], { scope: "col" }));
    const body = rows.map((cells) => make("tr", cells.map(makeCell)));
    return make("table", [make("thead", [make("tr", head)]), make("tbody", body)], { className: "print-table" });
  }

  function add(id) {
    const frame = document.getElementById(`${id}${ids.GRID_FRAME_SUFFIX}`);
    if (!frame) return;
    const content = gridLoader.isPlaced(id) && window.dash_ag_grid?.getApi(id) ? readGrid(id) : readDefinition(id);
    if (!content.rows.length) return;
    const table = makeTable(content);
    frame.after(table);
    if (table.scrollWidth > document.documentElement.clientWidth || table.offsetWidth > table.parentElement.clientWidth)
      table.style.zoom = table.parentElement.clientWidth / table.offsetWidth;
  }

  function removeAll() {
    for (const table of document.querySelectorAll(".print-table")) table.remove();
  }

  app.printTable = { add, removeAll };
})();
