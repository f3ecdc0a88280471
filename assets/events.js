// The event log: asks for it while its panel is open, beside the run's ticks, and goes to the moment of an event.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, grid } = app;
  // The log rides on the requests of the run, but not on each of them.
  const REST_MS = 1500;
  const NARROW_PX = 640;
  const FILE_NAME = "ev2gym-events.csv";
  const state = { root: null, group: "", page: 0, pages: 1, whole: false, askedAt: -Infinity, shown: "", timer: 0 };
  const find = (id) => document.getElementById(id);

  // Each page and language has a panel of its own. On a phone it opens on request.
  function enter() {
    const root = find(ids.EVENTS);
    if (root === state.root) return;
    Object.assign(state, { root, page: 0, askedAt: -Infinity, shown: "" });
    if (!root) return;
    if (window.innerWidth < NARROW_PX && !app.folds.isKept(root)) root.open = false;
    find(ids.EVENTS_GROUP).value = state.group;
    root.addEventListener("toggle", noteToggle);
  }

  // A panel that is open from the start tells of it too, after the first request has asked for the log.
  function noteToggle() {
    const { wasOpen, root } = state;
    state.wasOpen = root.open;
    if (root.open && !wasOpen) ask();
  }

  function readSelection() {
    enter();
    state.wasOpen = Boolean(state.root?.open);
    const at = performance.now();
    if (!state.root || (!state.whole && (!state.root.open || at - state.askedAt < REST_MS))) return {};
    const { group, page, whole } = state;
    Object.assign(state, { askedAt: at, whole: false });
    return { log: { group: group || undefined, page, whole } };
  }

  function ask(values = {}) {
    if (!app.live.page.run) return;
    Object.assign(state, values, { askedAt: -Infinity });
    app.live.submit({});
  }

  // A run that stands would not ask for what its last steps have brought.
  function askLater() {
    window.clearTimeout(state.timer);
    state.timer = window.setTimeout(() => state.root?.isConnected && state.root.open && ask(), REST_MS);
  }

  const makeKey = ({ step, cells }) => `${step} ${cells[2]}`;

  function makeRow({ step, group, cells }) {
    const row = document.createElement("tr");
    Object.assign(row.dataset, { step, group, key: makeKey({ step, cells }) });
    cells.forEach((text, k) => {
      const cell = document.createElement(k ? "td" : "th");
      if (!k) cell.scope = "row";
      const holder = k ? cell : cell.appendChild(document.createElement("button"));
      if (!k) Object.assign(holder, { type: "button", className: "event-time" });
      holder.textContent = text;
      row.append(cell);
    });
    return row;
  }

  function showRows(rows) {
    const text = JSON.stringify(rows);
    if (text === state.shown) return;
    state.shown = text;
    const body = find(ids.EVENTS_ROWS);
    const known = new Map([...body.rows].map((row) => [row.dataset.key, row]));
    const focused = document.activeElement?.closest?.(`#${ids.EVENTS_ROWS} tr`)?.dataset.key;
    body.replaceChildren(...rows.map((row) => known.get(makeKey(row)) ?? makeRow(row)));
    if (focused)
      [...body.rows]
        .find((row) => row.dataset.key === focused)
        ?.querySelector("button")
        .focus();
    const times = listTimes();
    chooseStop(times.find((time) => time === document.activeElement) ?? times[0]);
  }

  // The rows are one stop of the Tab key: the arrows go from one to the next.
  function chooseStop(button) {
    for (const other of listTimes()) other.tabIndex = other === button ? 0 : -1;
  }

  const listTimes = () => [...find(ids.EVENTS_ROWS).querySelectorAll("button")];

  function moveStop(event) {
    const times = listTimes();
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -times.length, End: times.length }[event.key];
    const place = times.indexOf(event.target);
    if (!step || place < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = times[Math.max(0, Math.min(times.length - 1, place + step))];
    chooseStop(next);
    next.focus();
  }

  function markMoment() {
    const { past_step: past } = app.time.readSelection();
    for (const row of find(ids.EVENTS_ROWS).rows)
      if (Number(row.dataset.step) === past) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
  }

  function showReply({ events }) {
    if (!state.root?.isConnected) return;
    if (events?.rows) {
      const { rows, page, pages } = events;
      Object.assign(state, { page, pages });
      showRows(rows);
      find(ids.EVENTS_NEWER).disabled = page === 0;
      find(ids.EVENTS_OLDER).disabled = page >= pages - 1;
    }
    if (events?.file) grid.saveCsv(events.file, FILE_NAME);
    markMoment();
    if (!events?.rows && state.root.open && !app.live.clock.playing) askLater();
  }

  // The cursor is in sight after the click, which has moved it.
  function open(row) {
    app.time.lookAt(Number(row.dataset.step));
    find(ids.TIME_BAR).scrollIntoView({ block: "nearest" });
  }

  const BUTTONS = {
    [ids.EVENTS_NEWER]: () => ask({ page: state.page - 1 }),
    [ids.EVENTS_OLDER]: () => ask({ page: state.page + 1 }),
    [ids.EVENTS_EXPORT]: () => ask({ whole: true }),
  };

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("button");
    if (button && BUTTONS[button.id]) return BUTTONS[button.id]();
    const row = target.closest?.(`#${ids.EVENTS_ROWS} tr`);
    if (row) open(row);
  });
  document.addEventListener("keydown", (event) => state.root?.isConnected && moveStop(event), true);
  document.addEventListener("change", ({ target }) => {
    if (target.id === ids.EVENTS_GROUP) ask({ group: target.value, page: 0 });
  });

  app.events = { readSelection, showReply };
})();
