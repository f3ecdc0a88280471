// The page that compares: one request in flight, the same one again when no answer comes, and a look at the job while it goes on.
(function () {
  "use strict";
  const GRID = "duel-table";
  const LOOK_MS = 500;
  const DEADLINE_MS = 4000;
  const MAX_DEADLINE_MS = 30000;
  const QUIET_MS = 2000;
  const RELOAD_MS = 10000;
  const GOES_ON = ["waiting", "running"];
  const page = { texts: {}, build: null, run: null, period: "week", seeds: "1", question: null, state: "", view: "values", number: 0, pending: null, wanted: null, lookAt: 0 };
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const now = () => performance.now();
  const at = (id) => document.getElementById(id);

  function write(id, text) {
    const element = at(id);
    if (element && text !== undefined && element.textContent !== text) element.textContent = text;
  }

  function who() {
    const name = window.sessionStorage.getItem("duel-who") || window.crypto.getRandomValues(new Uint32Array(4)).join("-");
    window.sessionStorage.setItem("duel-who", name);
    return name;
  }

  function show(state, share, status) {
    page.state = state;
    const goesOn = GOES_ON.includes(state);
    const percent = Math.floor(100 * (state === "done" ? 1 : share || 0));
    const bar = at("duel-progress");
    if (bar) {
      bar.setAttribute("aria-valuenow", String(percent));
      bar.style.setProperty("--share", String(percent / 100));
    }
    if (at("duel")) at("duel").dataset.state = state;
    set("duel-start", { disabled: goesOn });
    set("duel-cancel", { disabled: !goesOn });
    write("duel-status", status);
  }

  function send(request, firstAt, deadline) {
    page.pending = { request, firstAt, sentAt: now(), deadline };
    set("duel-request", { data: request });
  }

  function ask(what) {
    if (page.pending) {
      page.wanted = what === "plan" && page.wanted ? page.wanted : what;
      return;
    }
    const { build, run, period, seeds, question, texts } = page;
    page.number += 1;
    const of = what === "look" || what === "cancel" ? { question } : { run, period, seeds };
    send({ number: page.number, attempt: 1, build, lang: texts.lang, who: who(), ask: what, ...of }, now(), DEADLINE_MS);
  }

  function timer() {
    if (document.hidden || !page.texts.lang) return;
    const { pending } = page;
    if (!pending) {
      if (GOES_ON.includes(page.state) && page.question && now() >= page.lookAt) ask("look");
      return;
    }
    if (now() - pending.firstAt > QUIET_MS) write("duel-status", page.texts.reconnecting);
    if (now() - pending.sentAt < pending.deadline) return;
    send({ ...pending.request, attempt: pending.request.attempt + 1 }, pending.firstAt, Math.min(2 * pending.deadline, MAX_DEADLINE_MS));
  }

  function renew(build) {
    const last = Number(window.sessionStorage.getItem("renewed") || 0);
    if (build === page.build || Date.now() - last < RELOAD_MS) return false;
    window.sessionStorage.setItem("renewed", String(Date.now()));
    window.location.reload();
    return true;
  }

  function remember(question) {
    page.question = question;
    set("duel-store", { data: question });
  }

  function accept(answer, what) {
    page.lookAt = now() + LOOK_MS;
    write("duel-issues", answer.issues.join("\n"));
    if (!answer.ok) {
      if (what === "look") remember(null);
      if (what === "plan") return write("duel-plan", "");
      return show("refused", 0, "");
    }
    if (what === "plan" || what === "start") {
      write("duel-about", answer.about);
      write("duel-plan", answer.plan);
    }
    if (what === "plan") return undefined;
    remember(answer.state === "cancelled" ? null : answer.question);
    return show(answer.state, answer.share, answer.status);
  }

  function answered(answer) {
    if (!answer || !page.pending || answer.number !== page.pending.request.number) return;
    const what = page.pending.request.ask;
    if (renew(answer.build)) return;
    page.pending = null;
    accept(answer, what);
    const { wanted } = page;
    page.wanted = null;
    if (wanted === "cancel" ? page.question : wanted) ask(wanted);
  }

  function boot(texts, run, question, build, period, seeds, shownAs) {
    const { texts: before } = page;
    Object.assign(page, { texts, run: run || null, period, seeds, question: question || null, state: "", pending: null, wanted: null });
    page.build = before.lang ? page.build : build;
    view(shownAs);
    ask("plan");
    if (question) ask("look");
    return texts.lang;
  }

  function start(clicks) {
    if (!clicks) return;
    page.wanted = null;
    show("waiting", 0, page.texts.asking);
    page.question = null;
    ask("start");
  }

  function cancel(clicks) {
    if (!clicks) return;
    write("duel-status", page.texts.cancelling);
    set("duel-cancel", { disabled: true });
    ask("cancel");
  }

  function chosen(name, value) {
    if (value === undefined || value === null || page[name] === value) return;
    page[name] = value;
    if (page.texts.lang) ask("plan");
  }

  const grid = () => window.dash_ag_grid.getApiAsync(GRID);
  const isDifference = (id) => id.endsWith("_vs_uncontrolled");

  async function view(value) {
    page.view = value || "values";
    const api = await grid();
    const columns = api.getColumns().filter((column) => column.getColDef().cellRendererParams?.shown);
    const ids = columns.map((column) => column.getColId());
    const differences = page.view === "differences";
    api.setColumnsVisible(ids.filter((id) => isDifference(id) !== differences), false);
    api.setColumnsVisible(ids.filter((id) => isDifference(id) === differences), true);
    if (window.innerWidth < 640) api.setColumnWidths([{ key: "contestant", newWidth: 142 }]);
    api.sizeColumnsToFit();
  }

  async function search(text) {
    (await grid()).setGridOption("quickFilterText", text || "");
  }

  async function save(clicks) {
    if (!clicks) return;
    const api = await grid();
    api.exportDataAsCsv({ fileName: page.texts.file_name, allColumns: true, processCellCallback: (cell) => window.dash_clientside.table.safe(cell.value) });
  }

  const make = (type, props, ...children) => window.React.createElement(type, props, ...children);
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const cell = (text, note, tone) => make("div", { className: `duel-cell ${tone || ""}`, title: tone === "duel-name" ? text : undefined }, make("span", {}, text), make("small", {}, note));
  components.DuelName = (props) => cell(props.data.strategy, props.data.note, "duel-name");
  components.DuelCell = (props) => {
    const { data, colDef } = props;
    return cell(data[`${colDef.field}_text`], data[`${colDef.field}_note`], data[`${colDef.field}_tone`]);
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.duel = {
    boot, timer, answered, start, cancel,
    period: (value) => chosen("period", value),
    seeds: (value) => chosen("seeds", value),
    view: (value) => void view(value),
    search: (text) => void search(text),
    save: (clicks) => void save(clicks),
  };
})();
