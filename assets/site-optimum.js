// The optimum so far: asks the server for it, follows its job, and shows its result, while the run goes on.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, dom, Transport } = app;
  const DEADLINE_MS = 4000;
  const TICK_MS = 500;
  const UNFINISHED = ["waiting", "running"];

  // The latest action counts.
  const transport = new Transport({
    deadlineMs: DEADLINE_MS,
    queueCommand: (_waiting, then) => [then],
    refuse,
    post: app.makePost(receiveReply),
  });
  transport.store = ids.OPTIMUM_REQUEST;
  // `run` is the run at the step that is compared: the one on the page goes on.
  const state = { run: null, name: "idle", texts: {}, client: null };

  function request(action) {
    const { texts, build } = app.live.page;
    transport.build = build;
    transport.maxBytes = texts.body_bytes;
    state.client ??= window.crypto.getRandomValues(new Uint32Array(4)).join("-");
    transport.ask({ lang: texts.lang, client: state.client, action, run: state.run }, action);
  }

  function submit(action) {
    if (transport.pending) transport.enqueue(action);
    else request(action);
  }

  function show(name, share) {
    state.name = name;
    dom.setState(ids.OPTIMUM, name);
    const bar = document.getElementById(ids.OPTIMUM_PROGRESS);
    bar?.setAttribute("aria-valuenow", String(Math.floor(100 * share)));
    bar?.style.setProperty("--share", String(share));
    const isBusy = UNFINISHED.includes(name);
    app.set_props(ids.OPTIMUM_START, { disabled: isBusy });
    app.set_props(ids.OPTIMUM_CANCEL, { disabled: !isBusy });
  }

  function start(clicks) {
    if (!clicks || !app.live.page.run) return;
    state.run = app.live.page.run;
    dom.setText(ids.OPTIMUM_STATUS, state.texts.starting);
    show("waiting", 0);
    submit("start");
  }

  function cancel(clicks) {
    if (clicks && UNFINISHED.includes(state.name)) submit("cancel");
  }

  function refuse(_action, text) {
    dom.setText(ids.OPTIMUM_STATUS, text ?? app.live.page.texts.too_large);
    show("refused", 0);
  }

  function receiveReply(reply) {
    const answered = transport.receive(reply);
    if (!answered) return false;
    const waiting = transport.takeWaiting();
    if (reply.send_again) transport.resend(answered, reply.send_again);
    else if (waiting) request(waiting);
    else if (state.run) showReply(reply);
    return Boolean(state.run);
  }

  function showReply(reply) {
    for (const [id, text] of Object.entries(reply.texts || {})) dom.setText(id, text);
    show(reply.state ?? "refused", reply.share ?? 0);
  }

  // The result belongs to its run: one that is started anew, or opened, has none yet.
  function belongsTo(run) {
    return run && run.session === state.run.session && run.step >= state.run.step;
  }

  function forget() {
    state.run = null;
    transport.takeUnanswered();
    app.charts.update(ids.SITE_LOAD, [{ location: ["data", state.texts.trace, "y"], params: { value: [] } }]);
    dom.setText(ids.OPTIMUM_STATUS, state.texts.idle);
    show("idle", 0);
  }

  function tick() {
    if (!state.run || document.hidden || !document.getElementById(ids.OPTIMUM)) return;
    if (!belongsTo(app.live.page.run)) return forget();
    const at = performance.now();
    const delay = transport.describeDelay(at, app.live.page.texts);
    if (delay) dom.setText(ids.OPTIMUM_STATUS, delay);
    if (transport.pending) return transport.retryIfLate(at);
    if (UNFINISHED.includes(state.name)) request("poll");
  }

  // Runs again whenever the page is opened: what was asked before goes on.
  function boot(texts) {
    state.texts = texts;
    transport.takeUnanswered();
    if (state.run && belongsTo(app.live.page.run)) submit("poll");
    return app.live.page.texts.lang;
  }

  window.setInterval(tick, TICK_MS);
  app.siteOptimum = { start, cancel, boot };
})();
