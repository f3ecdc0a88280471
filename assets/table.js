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

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.table = { search, save: (clicks) => Boolean(clicks) };
})();
