// The page of the vehicles: its filters, order and pages, the one vehicle that is shown, and the address of both.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, dom } = app;
  const { EMPTY, readAddress, makeSearch, hasChoice } = app.vehicleAddress;
  const CHOICES = {
    model: ids.VEHICLES_MODEL,
    mode: ids.VEHICLES_MODE,
    reason: ids.VEHICLES_REASON,
    decided: ids.VEHICLES_DECIDED,
  };
  const TYPING_MS = 250;
  // `root` is the element of the page that was entered last, `shown` what the last reply showed.
  const state = { query: { ...EMPTY }, root: null, models: [], numbers: [], pages: 1, timer: 0, focus: null };
  const find = (id) => document.getElementById(id);

  // A link to the page, or to its other language, keeps the choice; an address with a choice sets it.
  function enter() {
    const root = find(ids.VEHICLES);
    if (!root || root === state.root) return;
    state.root = root;
    state.numbers = [];
    if (hasChoice()) state.query = readAddress();
    writeAddress("replaceState");
    app.set_props(ids.VEHICLES_SEARCH, { value: state.query.search });
    showQuery();
  }

  function writeAddress(method) {
    const search = makeSearch(state.query);
    if (search === window.location.search) return;
    const { pathname, hash } = window.location;
    window.history[method](window.history.state, "", pathname + search + hash);
  }

  // An address may name a mode or a reason that there is none of: the list then shows all.
  function readSelection() {
    enter();
    if (!find(ids.VEHICLES)) return {};
    const { vehicle, page, ...query } = state.query;
    if (vehicle) return { vehicles: { vehicle, whole: app.vehicleFile.isAsked() } };
    for (const name of ["mode", "reason", "decided"]) if (!hasOption(CHOICES[name], query[name])) query[name] = "";
    if (!listHeads().some(({ dataset }) => dataset.sort === query.sort)) query.sort = EMPTY.sort;
    const given = Object.entries(query).filter(([, value]) => value);
    return { vehicles: { ...Object.fromEntries(given), page, held: isInUse() ? state.numbers : undefined } };
  }

  const listHeads = () => [...document.querySelectorAll(`#${ids.VEHICLES} [data-sort]`)];
  const hasOption = (id, value) => [...find(id).options].some((option) => option.value === value);

  // While the pointer or the focus is in the rows, they stay where they are.
  function isInUse() {
    const rows = find(ids.VEHICLES_ROWS);
    return state.numbers.length > 0 && (rows.matches(":hover") || rows.contains(document.activeElement));
  }

  function showQuery() {
    const { query } = state;
    for (const [name, id] of Object.entries(CHOICES)) find(id).value = query[name];
    for (const head of listHeads()) {
      const isSorted = head.dataset.sort === query.sort;
      const direction = query.descending ? "descending" : "ascending";
      if (isSorted) head.closest("th").setAttribute("aria-sort", direction);
      else head.closest("th").removeAttribute("aria-sort");
    }
  }

  function change(values, method = "replaceState") {
    state.query = { ...state.query, page: 0, ...values };
    state.numbers = [];
    writeAddress(method);
    showQuery();
    app.live.submit({});
  }

  function open(vehicle) {
    const isList = !vehicle;
    state.focus = isList ? state.query.vehicle : ids.VEHICLE_TITLE;
    if (!isList) dom.setState(ids.VEHICLES, "loading");
    change({ vehicle, page: state.query.page }, "pushState");
  }

  // From the table of the fleet: the vehicles of a model.
  function openModel(model) {
    const { pathname } = new URL(document.querySelector("header .page-name[href*=vehicles]").href);
    const query = { ...EMPTY, model };
    state.query = query;
    app.set_props(ids.LOCATION, { pathname, search: makeSearch(query) });
  }

  function showModels(models) {
    const select = find(ids.VEHICLES_MODEL);
    const [everything] = select.options;
    const { model } = state.query;
    // A model that the run does not have stays chosen, and finds none.
    const names = model && !models.includes(model) ? [model, ...models] : models;
    select.replaceChildren(everything, ...names.map((name) => new Option(name, name)));
    select.value = model;
  }

  function makeCell(text, name) {
    const cell = document.createElement("td");
    cell.className = name;
    cell.textContent = text;
    return cell;
  }

  const listStyles = (table) => [...table.tHead.rows[0].cells].map((cell) => cell.className);

  function fillRow(row, { cells, mode }, styles) {
    cells.forEach((text, k) => {
      const cell = row.cells[k] ?? row.appendChild(makeCell("", styles[k] || ""));
      const holder = cell.firstElementChild ?? cell;
      if (holder.textContent !== text) holder.textContent = text;
    });
    if (mode) row.dataset.mode = mode;
  }

  // The first cell is the link to the vehicle, for the keyboard and for a new window.
  function makeListRow(number) {
    const row = document.createElement("tr");
    row.dataset.vehicle = number;
    const cell = row.appendChild(document.createElement("th"));
    cell.scope = "row";
    const link = cell.appendChild(document.createElement("a"));
    link.href = makeSearch({ ...state.query, vehicle: String(number) });
    return row;
  }

  function showList({ rows, page, pages }) {
    const body = find(ids.VEHICLES_ROWS);
    const known = new Map([...body.rows].map((row) => [Number(row.dataset.vehicle), row]));
    const focused = document.activeElement?.closest?.("tr")?.dataset.vehicle;
    const styles = listStyles(body.parentElement);
    const shown = rows.map(({ number, ...values }) => {
      const row = known.get(number) ?? makeListRow(number);
      fillRow(row, values, styles);
      return row;
    });
    const isSame = shown.length === body.rows.length && shown.every((row, k) => row === body.rows[k]);
    if (!isSame) body.replaceChildren(...shown);
    if (focused && !isSame) body.querySelector(`tr[data-vehicle="${focused}"] a`)?.focus();
    Object.assign(state, { numbers: rows.map(({ number }) => number), pages });
    state.query.page = page;
    find(ids.VEHICLES_PREVIOUS).disabled = page === 0;
    find(ids.VEHICLES_NEXT).disabled = page >= pages - 1;
  }

  function fillTable(id, rows) {
    const body = find(id);
    const styles = listStyles(body.parentElement);
    while (body.rows.length > rows.length) body.deleteRow(-1);
    rows.forEach((values, k) => {
      fillRow(body.rows[k] ?? body.insertRow(), values, styles);
    });
  }

  function showHistory({ spans, stays, totals }) {
    fillTable(ids.VEHICLE_SPANS, spans);
    fillTable(ids.VEHICLE_STAYS, stays);
    fillTable(ids.VEHICLE_TOTALS, totals.length ? [{ cells: totals }] : []);
  }

  function moveFocus(isList) {
    const { focus } = state;
    if (focus === null) return;
    state.focus = null;
    if (isList) find(ids.VEHICLES_ROWS).querySelector(`tr[data-vehicle="${focus}"] a`)?.focus();
    else find(focus)?.focus();
  }

  function showReply({ vehicles }) {
    if (!vehicles || !find(ids.VEHICLES)) return;
    dom.setState(ids.VEHICLES, vehicles.state);
    if (vehicles.models) showModels(vehicles.models);
    if (vehicles.rows) showList(vehicles);
    if (vehicles.spans) showHistory(vehicles);
    app.decisions.show(vehicles);
    app.vehicleFile.show(vehicles);
    moveFocus(vehicles.state === "list");
    // A run that stands asks for the rest of a long past by itself.
    if (vehicles.state === "loading" && !app.live.clock.playing) app.live.submit({});
  }

  function sortBy(key) {
    const { sort, descending } = state.query;
    change({ sort: key, descending: sort === key && !descending });
  }

  const clear = () => {
    app.set_props(ids.VEHICLES_SEARCH, { value: "" });
    change({ model: "", mode: "", reason: "", decided: "", search: "" });
  };
  const BUTTONS = {
    [ids.VEHICLES_PREVIOUS]: () => change({ page: state.query.page - 1 }),
    [ids.VEHICLES_NEXT]: () => change({ page: state.query.page + 1 }),
    [ids.VEHICLES_CLEAR]: clear,
    [ids.VEHICLE_BACK]: () => open(""),
    [ids.REASONS_VEHICLES]: () => openModel(app.controls.readSelection().model),
  };

  const findModel = (target) => target.closest?.(`#${ids.TABLE} .ag-row`)?.getAttribute("row-id");

  function handleClick(event) {
    const { target } = event;
    const button = target.closest?.("button");
    if (button && BUTTONS[button.id]) return BUTTONS[button.id]();
    if (button?.dataset.sort) return sortBy(button.dataset.sort);
    if (target.closest?.(`#${ids.TABLE} .ag-cell[col-id=n_fleet]`)) return openModel(findModel(target));
    const row = target.closest?.(`#${ids.VEHICLES_ROWS} tr`);
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(row.dataset.vehicle);
  }

  document.addEventListener("click", handleClick);
  document.addEventListener("keydown", (event) => {
    const model = event.key === "Enter" && event.target.closest?.(".ag-cell") && findModel(event.target);
    if (model) openModel(model);
  });
  document.addEventListener("change", ({ target }) => {
    const name = Object.keys(CHOICES).find((key) => CHOICES[key] === target.id);
    if (name) change({ [name]: target.value });
  });
  document.addEventListener("input", ({ target }) => {
    if (target.id !== ids.VEHICLES_SEARCH) return;
    window.clearTimeout(state.timer);
    state.timer = window.setTimeout(() => change({ search: target.value.trim() }), TYPING_MS);
  });
  window.addEventListener("popstate", () => {
    if (!find(ids.VEHICLES)) return;
    app.set_props(ids.VEHICLES_SEARCH, { value: readAddress().search });
    state.query = readAddress();
    change({ page: state.query.page });
  });

  app.vehicles = { readSelection, showReply, openModel };
})();
