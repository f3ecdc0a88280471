// Shared by both tables: search, CSV export, and number formats in the page's language.
(() => {
  "use strict";
  // A spreadsheet evaluates a text that starts like this as a formula, and names may come from a user's file. Same rule
  // as `safe_text` in the bundles.
  const FORMULA_START = /^[=+\-@\t\r]/;
  const formats = {};

  const getGrid = (id) => window.dash_ag_grid.getApiAsync(id);

  async function filterRows(id, text) {
    const grid = await getGrid(id);
    grid.setGridOption("quickFilterText", text || "");
  }

  const escapeFormula = (value) => (typeof value === "string" && FORMULA_START.test(value) ? `'${value}` : value);

  async function exportCsv(id, options) {
    const grid = await getGrid(id);
    grid.exportDataAsCsv({ ...options, processCellCallback: (cell) => escapeFormula(cell.value) });
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

  window.dashAgGridFunctions = window.dashAgGridFunctions || {};
  Object.assign(window.dashAgGridFunctions, { fixed: formatNumber, yesOrNo: formatYesNo });
  window.dash_clientside.grid = { getGrid, filterRows, exportCsv };
})();
