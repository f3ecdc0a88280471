// The table of the fleet: search and export.
(() => {
  "use strict";
  const { ids, grid } = window.dash_clientside;
  const FILE_NAME = "ev2gym-fleet.csv";

  async function search(text) {
    await grid.filterRows(ids.TABLE, text);
    return window.dash_clientside.no_update;
  }

  async function exportCsv(clicks) {
    if (clicks) await grid.exportCsv(ids.TABLE, { fileName: FILE_NAME });
    return window.dash_clientside.no_update;
  }

  window.dash_clientside.fleetTable = { search, exportCsv };
})();
