// The fleet table in the browser: numbers in the page's language, search, export.
(function () {
  "use strict";
  const GRID = "fleet-table";
  const formats = {};

  function format(digits) {
    const key = `${document.documentElement.lang}:${digits}`;
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    formats[key] = formats[key] || new Intl.NumberFormat(document.documentElement.lang, options);
    return formats[key];
  }

  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  functions.fixed = (params, digits) => (params.value == null ? "" : format(digits).format(params.value + 0).replace("-", "\u2212"));
  functions.yesOrNo = (params, yes, no) => (params.value ? `✅ ${yes}` : `❌ ${no}`);

  async function search(text) {
    const grid = await window.dash_ag_grid.getApiAsync(GRID);
    grid.setGridOption("quickFilterText", text || "");
    return window.dash_clientside.no_update;
  }

  // A spreadsheet takes a text that begins so for a formula, and a name may come out of anybody's file; as `safe_text` in the bundles.
  const FORMULA = /^[=+\-@\t\r]/;
  const safe = (value) => (typeof value === "string" && FORMULA.test(value) ? `'${value}` : value);

  async function save(clicks) {
    if (!clicks) return window.dash_clientside.no_update;
    const grid = await window.dash_ag_grid.getApiAsync(GRID);
    grid.exportDataAsCsv({ fileName: "ev2gym-fleet.csv", processCellCallback: (cell) => safe(cell.value) });
    return window.dash_clientside.no_update;
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.table = { search, save, safe };
})();
