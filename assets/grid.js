// Shared by both tables: search, CSV export, column widths, and number formats in the page's language.
(() => {
  "use strict";
  // A spreadsheet evaluates a text as a formula that starts like this, at its start or behind a sign that separates cells;
  // names may come from a user's file. Same rule as `escape_formula` in the bundles.
  const FORMULA_START = /(^|[;\t\r\n]\s*)([=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/g;
  const HEADER_ROOM_PX = 32;
  const CELL_ROOM_PX = 4;
  const formats = {};
  const awaited = new Map();
  const watched = new WeakSet();
  // By grid: the fonts and the padding of its cells.
  const measures = new WeakMap();
  const pen = document.createElement("canvas").getContext("2d");

  // All who wait for a grid get it in the order in which they came. Each wait of AG Grid's own sleeps longer the older it
  // is: the rows of a first reply would arrive after those of a later one, and stay.
  function getGrid(id) {
    if (!awaited.has(id)) {
      const placed = window.dash_clientside.gridLoader.waitUntilPlaced(id);
      const wait = placed.then(() => window.dash_ag_grid.getApiAsync(id)).finally(() => awaited.delete(id));
      awaited.set(id, wait);
    }
    return awaited.get(id);
  }

  async function filterRows(id, text) {
    const grid = await getGrid(id);
    grid.setGridOption("quickFilterText", text || "");
  }

  const escapeFormula = (value) => (typeof value === "string" ? value.replace(FORMULA_START, "$1'$2") : value);

  // Where a spreadsheet takes a comma for the decimal mark, the columns need another separator.
  const hasDecimalComma = () => getFormat(1).format(0.5).includes(",");

  function localizeCell(value, { yes, no }) {
    if (!hasDecimalComma()) return escapeFormula(value);
    if (typeof value === "boolean") return value ? yes : no;
    return typeof value === "number" ? String(value).replace(".", ",") : escapeFormula(value);
  }

  // A table that is no grid, `lines` of cells with its headings first, as the text of a file like those of the grids.
  function makeCsv(lines, { texts, head }) {
    const separator = hasDecimalComma() ? ";" : ",";
    const cells = lines.map((line) => line.map((value) => quote(localizeCell(value ?? "", texts))).join(separator));
    return [...(hasDecimalComma() ? head.map((line) => line.map(quote).join(separator)) : []), ...cells].join("\r\n");
  }

  function saveCsv(lines, name) {
    const { live, fleetTable } = window.dash_clientside;
    const texts = live.page.texts.csv;
    const text = makeCsv(lines, { texts, head: fleetTable.describeRun(texts) });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  const quote = (text) => `"${String(escapeFormula(text)).replaceAll('"', '""')}"`;

  // `head` are the lines above a French table, each a name and a value: a saved file tells of which run it is.
  async function exportCsv(id, { texts, head, ...options }) {
    const grid = await getGrid(id);
    const french = {
      columnSeparator: ";",
      prependContent: head.map((line) => line.map(quote).join(";")).join("\r\n"),
    };
    const processCellCallback = ({ value }) => localizeCell(value, texts);
    grid.exportDataAsCsv({ ...options, ...(hasDecimalComma() ? french : {}), processCellCallback });
  }

  // The heaviest weight that a text of the tables has.
  const makeFont = ({ fontFamily, fontSize }) => `700 ${fontSize} ${fontFamily}`;

  function measureWidest(texts, font) {
    pen.font = font;
    return Math.max(0, ...texts.map((text) => pen.measureText(text).width));
  }

  // Rows are drawn some time after they are given: a row without content tells the style of their cells before.
  function readMeasures(id) {
    const row = document.createElement("div");
    row.className = "ag-row";
    row.innerHTML = '<div class="ag-cell"></div>';
    document.querySelector(`#${id} .ag-center-cols-container`).append(row);
    const cell = window.getComputedStyle(row.firstChild);
    const head = window.getComputedStyle(document.querySelector(`#${id} .ag-header-cell-text`));
    const found = { padding: 2 * parseFloat(cell.paddingLeft), cellFont: makeFont(cell), headFont: makeFont(head) };
    row.remove();
    return found;
  }

  // A heading wraps between its words, and a cell does not wrap.
  function measureColumn(column, lines, { padding, cellFont, headFont }) {
    const heading = measureWidest(column.getColDef().headerName.split(/\s+/), headFont) + HEADER_ROOM_PX;
    const cells = measureWidest(lines, cellFont) + padding + CELL_ROOM_PX;
    return { key: column.getColId(), minWidth: Math.ceil(Math.max(heading, cells)) };
  }

  function measureColumns(api, id, listLines) {
    if (!document.querySelector(`#${id} .ag-center-cols-container`)) return [];
    const columns = api.getAllDisplayedColumns().filter((column) => !column.isPinned());
    if (!measures.has(api)) measures.set(api, readMeasures(id));
    return columns.map((column) => measureColumn(column, listLines(column), measures.get(api)));
  }

  // Columns share the width of the table, but none becomes narrower than its numbers: then the table scrolls.
  function fitColumns(api, id, listLines) {
    // Another width may come with another font size. A tick reads none: the browser would first have to restyle the page.
    measures.delete(api);
    shareWidth(api, id, measureColumns(api, id, listLines));
  }

  // A hidden grid has no width to share: it is fitted when it is shown.
  function shareWidth(api, id, columnLimits) {
    if (document.getElementById(id)?.clientWidth) api.sizeColumnsToFit({ columnLimits });
  }

  // A tick keeps the widths, also those that the user has set, unless a number has outgrown its column.
  function widenColumns(api, id, listLines) {
    const isFirst = !measures.has(api);
    const limits = measureColumns(api, id, listLines);
    if (isFirst || limits.some(({ key, minWidth }) => api.getColumn(key).getActualWidth() < minWidth))
      shareWidth(api, id, limits);
  }

  // The grid of a page is made anew with each visit. For one task after AG Grid gets rows, also the empty ones of a new grid,
  // it holds back changes of widths. Those of a first table come after that task, and before its rows.
  async function watchGrid(id, { ready, ...listeners }) {
    const api = await getGrid(id);
    if (!watched.has(api)) await new Promise((resolve) => window.setTimeout(resolve));
    if (watched.has(api)) return api;
    watched.add(api);
    ready(api);
    for (const [event, listener] of Object.entries(listeners))
      api.addEventListener(event, (details) => listener(api, details));
    return api;
  }

  // A number format takes far longer to make than to use, and a tick formats a thousand cells.
  function getFormat(digits) {
    const { lang } = document.documentElement;
    const key = `${lang}:${digits}`;
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    formats[key] ??= new Intl.NumberFormat(lang, options);
    return formats[key];
  }

  // Adding 0 turns a negative zero into zero.
  function formatNumber(params, digits) {
    if (params.value === null || params.value === undefined) return "";
    return getFormat(digits)
      .format(params.value + 0)
      .replace("-", "\u2212");
  }

  const formatYesNo = (params, yes, no) => (params.value ? `✅ ${yes}` : `❌ ${no}`);

  // One Tab crosses a table; the arrow keys move within it.
  const leaveGrid = () => false;

  window.dashAgGridFunctions = window.dashAgGridFunctions || {};
  Object.assign(window.dashAgGridFunctions, { fixed: formatNumber, yesOrNo: formatYesNo, leaveGrid });
  window.dash_clientside.grid = { getGrid, filterRows, exportCsv, saveCsv, fitColumns, widenColumns, watchGrid };
})();
