// The table of the fleet: search and export.
(() => {
  "use strict";
  const { ids, grid } = window.dash_clientside;
  const FILE_NAME = "ev2gym-fleet.csv";

  async function search(text) {
    await grid.filterRows(ids.TABLE, text);
    return window.dash_clientside.no_update;
  }

  const readText = (id) => document.getElementById(id)?.textContent ?? "";
  const readChoice = (id) => document.getElementById(id)?.selectedOptions[0]?.text ?? "";

  function describeRun(texts) {
    const { run } = window.dash_clientside.live.page;
    const v2g = `${texts.v2g} : ${document.getElementById(ids.V2G)?.checked ? texts.yes : texts.no}`;
    const scenario = [
      readChoice(ids.STRATEGY),
      v2g,
      readChoice(ids.CATALOG),
      `${run?.scenario.fleet_size} ${texts.vehicles}`,
    ];
    return [
      [texts.scenario, scenario.join(" · ")],
      [texts.time, `${readText(ids.DATE)} ${readText(ids.CLOCK)} UTC`],
    ];
  }

  async function exportCsv(clicks) {
    const texts = window.dash_clientside.live.page.texts.csv;
    if (clicks) await grid.exportCsv(ids.TABLE, { fileName: FILE_NAME, texts, head: describeRun(texts) });
    return window.dash_clientside.no_update;
  }

  window.dash_clientside.fleetTable = { search, exportCsv };
})();
