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

  // A French spreadsheet takes a comma for the decimal mark, so that the columns need another separator.
  const isFrench = () => document.documentElement.lang === "fr";

  function localizeCell(value, { yes, no }) {
    if (!isFrench()) return escapeFormula(value);
    if (typeof value === "boolean") return value ? yes : no;
    return typeof value === "number" ? String(value).replace(".", ",") : escapeFormula(value);
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
    grid.exportDataAsCsv({ ...options, ...(isFrench() ? french : {}), processCellCallback });
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
