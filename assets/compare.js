// The page that compares strategies: plans a comparison, starts it, follows its progress and cancels it.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, dom, Transport } = app;
  const POLL_MS = 500;
  const DEADLINE_MS = 4000;
  const UNFINISHED = ["waiting", "running"];
  const CLIENT_KEY = "comparison-client";
  const setProps = (id, props) => app.set_props(id, props);
  const now = () => performance.now();

  const transport = new Transport({ deadlineMs: DEADLINE_MS, queueCommand, refuse: refuseRequest });
  // `shown` is the last comparison with a result, `restores` whether the page has still to show it: a page that is opened
  // again while another comparison runs, or after one that was cancelled.
  const page = { texts: {}, run: null, period: "week", seeds: "1", comparison: null, state: "", pollAt: 0 };
  Object.assign(page, { shown: null, restores: false, prices: {} });

  // The latest action counts; a plan is only a preview, and never replaces another action.
  function queueCommand([first], then) {
    return [then === "plan" && first ? first : then];
  }

  // The server continues a comparison while one browser tab polls it; this name identifies the tab.
  function readClientName() {
    const name =
      window.sessionStorage.getItem(CLIENT_KEY) || window.crypto.getRandomValues(new Uint32Array(4)).join("-");
    window.sessionStorage.setItem(CLIENT_KEY, name);
    return name;
  }

  function request(action) {
    const { run, period, seeds, prices, comparison, texts } = page;
    const subjects = { poll: { comparison }, cancel: { comparison }, restore: { comparison: page.shown } };
    const subject = subjects[action] ?? { run, period, seeds, prices };
    const asked = action === "restore" ? "poll" : action;
    transport.ask({ lang: texts.lang, client: readClientName(), action: asked, ...subject }, action);
  }

  function submit(action) {
    if (transport.pending) transport.enqueue(action);
    else request(action);
  }

  function showProgress(share) {
    const bar = document.getElementById(ids.COMPARE_PROGRESS);
    if (!bar) return;
    const percent = Math.floor(100 * share);
    bar.setAttribute("aria-valuenow", String(percent));
    bar.style.setProperty("--share", String(percent / 100));
  }

  function showState(state, share, status) {
    const unfinished = UNFINISHED.includes(state);
    page.state = state;
    showProgress(state === "done" ? 1 : share || 0);
    dom.setState(ids.COMPARE_PAGE, state);
    setProps(ids.COMPARE_START, { disabled: unfinished });
    setProps(ids.COMPARE_CANCEL, { disabled: !unfinished });
    dom.setText(ids.COMPARE_STATUS, status);
  }

  function storeComparison(comparison) {
    page.comparison = comparison;
    setProps(ids.COMPARE_STORE, { data: comparison });
  }

  function storeShown(comparison) {
    page.shown = comparison;
    setProps(ids.COMPARE_SHOWN, { data: comparison });
  }

  function refuse(action) {
    if (action === "restore") return storeShown(null);
    if (action === "poll") storeComparison(null);
    if (action === "plan") dom.setText(ids.COMPARE_WORKLOAD, "");
    else showState("refused", 0, "");
  }

  function refuseRequest(action, text) {
    dom.setText(ids.COMPARE_ISSUES, text ?? page.texts.too_large);
    dom.setText(ids.COMPARE_STATUS, "");
    refuse(action);
  }

  function accept(reply, action) {
    page.pollAt = now() + POLL_MS;
    app.plotlyLoader.release();
    if (action === "restore") page.restores = false;
    dom.setText(ids.COMPARE_ISSUES, reply.issues.join("\n"));
    if (!reply.ok) return refuse(action);
    if (action === "plan" || action === "start") {
      dom.setText(ids.COMPARE_SCENARIO, reply.scenario);
      dom.setText(ids.COMPARE_WORKLOAD, reply.workload);
    }
    if (action === "restore") acceptRestored(reply);
    else if (action !== "plan") acceptState(reply);
  }

  // What is cancelled gives way to the comparison before.
  function acceptState(reply) {
    const isCancelled = reply.state === "cancelled";
    storeComparison(isCancelled ? null : reply.comparison);
    showState(reply.state, reply.share, reply.status);
    if (reply.state === "done") storeShown(reply.comparison);
    page.restores ||= isCancelled && page.shown !== null;
  }

  // The figures are drawn. Without another comparison the page is as it was when this one was done.
  function acceptRestored(reply) {
    if (reply.state !== "done") return storeShown(null);
    if (page.comparison) return;
    storeComparison(reply.comparison);
    const status = page.state === "cancelled" ? page.texts.restored : reply.status;
    showState(reply.state, 1, status);
  }

  function receiveReply(reply) {
    const answered = transport.receive(reply);
    if (!answered) return;
    if (reply.send_again) return transport.resend(answered, reply.send_again);
    accept(reply, answered.command);
    const next = transport.takeWaiting();
    // A start that was refused leaves nothing to cancel.
    if (next === "cancel" ? page.comparison : next) request(next);
  }

  function tick() {
    if (document.hidden || !page.texts.lang) return;
    const at = now();
    const delay = transport.describeDelay(at, page.texts);
    if (delay) dom.setText(ids.COMPARE_STATUS, delay);
    if (transport.pending) return transport.retryIfLate(at);
    if (page.restores) return request("restore");
    if (UNFINISHED.includes(page.state) && page.comparison && at >= page.pollAt) request("poll");
  }

  // Runs again whenever the page is opened. Replies to requests of an earlier visit are dropped.
  function boot(texts, comparison, build, period, seeds, view, shown) {
    const run = app.live.page.run ?? app.storage.read(ids.RUN);
    Object.assign(page, { texts, run, period, seeds, comparison: comparison || null, state: "" });
    transport.store = ids.COMPARE_REQUEST;
    transport.maxBytes = texts.body_bytes;
    transport.build ??= build;
    transport.takeUnanswered();
    app.compareTable.showView(view);
    submit("plan");
    if (comparison) submit("poll");
    page.shown = shown || null;
    page.restores = Boolean(shown) && JSON.stringify(shown) !== JSON.stringify(comparison);
    return texts.lang;
  }

  function start(clicks) {
    if (!clicks) return;
    transport.takeWaiting();
    showState("waiting", 0, page.texts.starting);
    page.comparison = null;
    submit("start");
  }

  function cancel(clicks) {
    if (!clicks) return;
    dom.setText(ids.COMPARE_STATUS, page.texts.cancelling);
    setProps(ids.COMPARE_CANCEL, { disabled: true });
    submit("cancel");
  }

  function choose(name, value) {
    if (value === undefined || value === null || JSON.stringify(page[name]) === JSON.stringify(value)) return;
    page[name] = value;
    if (page.texts.lang) submit("plan");
  }

  const setPeriod = (value) => choose("period", value);
  const setSeeds = (value) => choose("seeds", value);
  const setPrices = (value) => choose("prices", value);

  app.compare = { page, boot, tick, receiveReply, start, cancel, setPeriod, setSeeds, setPrices };
})();
