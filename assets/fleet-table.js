// The table of the fleet: its columns, search and export.
(() => {
  "use strict";
  const { ids, grid, gridLoader } = window.dash_clientside;
  const FILE_NAME = "ev2gym-fleet.csv";
  const NARROW_PX = 640;
  const POWER = "power_kw";
  const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  const directions = new Map();
  // The rows of the last reply by model: the grid may come later.
  const known = new Map();
  const order = { ids: [], sorting: "" };
  const pressed = { id: null };
  const isEqual = (one, other) => Object.keys(one).every((name) => one[name] === other[name]);
  const listeners = {
    ready: (api) => {
      orderColumns(api);
      showAll(api);
      // A reload keeps the text.
      search(document.getElementById(ids.SEARCH)?.value);
    },
    gridSizeChanged: (api) => grid.fitColumns(api, ids.TABLE, listLines),
    rowDataUpdated: showChanges,
    rowClicked: (_api, { node }) => {
      if (node.id === pressed.id) node.setSelected(false);
    },
  };

  const listRows = () => [...known.values()];

  // The widths come first: after the rows, AG Grid would draw cells before it changes them.
  function showAll(api) {
    grid.widenColumns(api, ids.TABLE, listLines);
    api.setGridOption("rowData", listRows());
  }

  function remember(rows, whole) {
    if (whole) known.clear();
    for (const row of rows) known.set(row.model, { ...known.get(row.model), ...row });
  }

  // A whole table replaces the rows; that of a tick has the columns that change, and updates the rows that did.
  async function showRows({ rows, whole }) {
    remember(rows, whole);
    if (!gridLoader.isPlaced(ids.TABLE)) return;
    const api = await grid.watchGrid(ids.TABLE, listeners);
    if (whole) return showAll(api);
    const changes = [];
    for (const row of rows) {
      const node = api.getRowNode(row.model);
      if (node?.data && !isEqual(row, node.data)) changes.push({ node, data: { ...node.data, ...row } });
    }
    if (changes.length) updateRows(api, changes);
  }

  // Where no row can move, come or go, the cells alone change: Dash hears of a transaction, and passes over all of its
  // components.
  function updateRows(api, changes) {
    const isArranged = api.isAnyFilterPresent() || api.getColumnState().some(({ sort }) => sort);
    if (isArranged) return api.applyTransaction({ update: changes.map(({ data }) => data) });
    for (const { node, data } of changes) node.updateData(data);
    showChanges(api);
  }

  function showChanges(api) {
    grid.widenColumns(api, ids.TABLE, listLines);
    markTurned(api);
  }

  // Of a column of numbers, the smallest or the largest is the widest.
  function listLines(column) {
    const extremes = [];
    for (const { [column.getColId()]: value } of known.values()) {
      if (!extremes.length || value < extremes[0]) extremes[0] = value;
      if (extremes.length < 2 || value > extremes[1]) extremes[1] = value;
    }
    const { valueFormatter } = column.getColDef();
    return valueFormatter ? extremes.map((value) => valueFormatter({ value })) : extremes;
  }

  // Nearly every number changes at every step. A model whose vehicles as a whole begin to charge or to discharge stands
  // out for a moment.
  function markTurned(api) {
    const turned = [];
    api.forEachNode((node) => {
      const direction = Math.sign(node.data[POWER]);
      const before = directions.get(node.id);
      if (before !== undefined && before !== direction) turned.push(node);
      directions.set(node.id, direction);
    });
    if (turned.length && !stillness.matches) api.flashCells({ rowNodes: turned, columns: [POWER], flashDuration: 300 });
  }

  const isInTable = (element) => Boolean(element?.closest?.(`#${ids.TABLE}`));
  const isInUse = () => Boolean(document.querySelector(`#${ids.TABLE}:hover`)) || isInTable(document.activeElement);

  function describeSorting(api) {
    const sorted = api.getColumnState().filter(({ sort }) => sort);
    return JSON.stringify(sorted.map(({ colId, sort, sortIndex }) => [colId, sort, sortIndex]));
  }

  // A table that is sorted by a column that changes keeps its order while the pointer or the focus is in it.
  function holdOrder({ api, nodes }) {
    const sorting = describeSorting(api);
    if (sorting === order.sorting && isInUse()) {
      const places = new Map(order.ids.map((id, place) => [id, place]));
      const find = ({ id }) => places.get(id) ?? places.size;
      nodes.sort((first, second) => find(first) - find(second));
    }
    Object.assign(order, { ids: nodes.map(({ id }) => id), sorting });
  }

  async function sortAgain({ target, relatedTarget }) {
    if (!isInTable(target) || isInTable(relatedTarget) || isInUse()) return;
    const api = await grid.getGrid(ids.TABLE);
    api.refreshClientSideRowModel("sort");
  }

  // AG Grid selects a row that is clicked, and leaves a selected one as it is: here a second click deselects it.
  function notePressedRow({ target }) {
    pressed.id = target.closest?.(`#${ids.TABLE} .ag-row-selected`)?.getAttribute("row-id") ?? null;
  }

  async function deselect(clicks) {
    if (!clicks) return;
    const api = await grid.getGrid(ids.TABLE);
    api.deselectAll();
  }

  gridLoader.follow(ids.TABLE, () => grid.watchGrid(ids.TABLE, listeners));
  document.addEventListener("mousedown", notePressedRow, { capture: true });
  document.addEventListener("pointerout", sortAgain);
  document.addEventListener("focusout", sortAgain);

  // On a phone the columns that change come first: the others are out of sight.
  function orderColumns(api) {
    const live = api.getColumns().filter((column) => column.getColDef().context?.live);
    if (window.innerWidth < NARROW_PX) api.moveColumns(live, 1);
  }

  // Dash waits for a returned promise to write its value; these callbacks have no output, so they return nothing.
  function search(text) {
    grid.filterRows(ids.TABLE, text);
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

  function exportCsv(clicks) {
    const texts = window.dash_clientside.live.page.texts.csv;
    if (clicks) grid.exportCsv(ids.TABLE, { fileName: FILE_NAME, texts, head: describeRun(texts) });
  }

  window.dash_clientside.fleetTable = { search, exportCsv, deselect, showRows, listRows, describeRun };
  Object.assign(window.dashAgGridFunctions, { holdOrder });
})();
