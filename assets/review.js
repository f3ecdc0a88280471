// The dialog of a chosen file: asks the server what the file is, shows its choices, and gives the file to the run only
// when the user confirms. The simulation goes on meanwhile.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, dom, Transport } = app;
  const DEADLINE_MS = 8000;
  const RETRY_MS = 500;

  // The newest choices count alone: a request that waits is replaced.
  const transport = new Transport({
    deadlineMs: DEADLINE_MS,
    queueCommand: (_waiting, then) => [then],
    refuse: refuseRequest,
  });
  transport.store = ids.REVIEW_REQUEST;

  // `file` is the chosen file with the options of reading; of a configuration, `config` is the text. `scenario` the fields chosen with it, `shown` the values that
  // the choices show: to set a choice calls its callback, which must not take it for the user's change.
  const EMPTY = { field: null, file: null, config: undefined, scenario: {}, shown: {} };
  const state = { ...EMPTY, timer: null };
  const getDialog = () => document.getElementById(ids.REVIEW);
  const isOpen = () => Boolean(getDialog()?.open && (state.file || state.config));

  function open(field, file) {
    show(file.name, { field, file: { ...file, options: {} } });
  }

  function openConfig(name, config) {
    show(name, { config });
  }

  function show(name, subject) {
    const dialog = getDialog();
    if (!dialog) return;
    Object.assign(state, EMPTY, { scenario: {}, shown: {} }, subject);
    dom.setText(ids.REVIEW_FILE, name);
    for (const id of [ids.REVIEW_ISSUES, ids.REVIEW_CONTENT]) app.set_props(id, { children: null });
    showChoices({});
    showChart(false);
    if (!dialog.open) dialog.showModal();
    // Dash would take a second function without outputs at the timer of the page in place of the first one.
    window.clearInterval(state.timer);
    state.timer = window.setInterval(retry, RETRY_MS);
    document.getElementById(ids.REVIEW_TITLE).focus();
    ask();
  }

  // Nothing can be confirmed before the server has replied to the choices in force.
  function ask() {
    const { field, file, config, scenario } = state;
    const { texts, build, run } = app.live.page;
    transport.build = build;
    transport.maxBytes = texts.body_bytes;
    transport.ask({ lang: texts.lang, run, field, upload: file, config, scenario });
    app.set_props(ids.REVIEW_CONFIRM, { disabled: true });
    showStatus();
  }

  function showStatus() {
    const { texts } = app.live.page;
    const text = transport.describeDelay(performance.now(), texts) ?? texts.reading_file;
    dom.setText(ids.REVIEW_STATUS, transport.pending ? text : "");
    getDialog().setAttribute("aria-busy", String(Boolean(transport.pending)));
  }

  function receiveReply(reply) {
    const answered = transport.receive(reply);
    if (!answered || !isOpen()) return;
    if (reply.wait_ms) return transport.repeatLater(answered, reply.wait_ms);
    if (reply.send_again) return transport.resend(answered, reply.send_again, keepFitting);
    showStatus();
    showChoices(reply.choices);
    showChart(reply.has_chart);
    app.set_props(ids.REVIEW_CONFIRM, { children: reply.confirm, disabled: !reply.ok });
  }

  // A file can be checked without the other files of its run, where they do not fit into one request with it.
  function keepFitting(contents, request) {
    return transport.fits({ ...request, attempt: request.attempt + 1, contents }) ? contents : {};
  }

  function refuseRequest(_command, text) {
    if (!isOpen()) return;
    const alert = { children: text ?? app.live.page.texts.too_large, className: "alert alert-danger" };
    showStatus();
    app.set_props(ids.REVIEW_ISSUES, { children: { namespace: "dash_html_components", type: "Div", props: alert } });
    app.set_props(ids.REVIEW_CONFIRM, { disabled: true });
  }

  function findChoiceIds() {
    const fields = getDialog().querySelectorAll(`#${ids.REVIEW_CHOICES} [id^="{"]`);
    return [...fields].map(({ id }) => JSON.parse(id));
  }

  function showChoices(choices) {
    for (const id of findChoiceIds()) {
      const choice = choices[id.name];
      const field = document.getElementById(ids.CHOICE_PREFIX + id.name);
      field.hidden = !choice;
      field.classList.toggle("open", choice?.value === "");
      state.shown[id.name] = choice?.value ?? "";
      app.set_props(id, { value: "", ...choice });
    }
  }

  function showChart(on) {
    document.getElementById(ids.REVIEW_CHART).hidden = !on;
  }

  // A value that a reply has set calls the same callback: only one that differs is the user's.
  function choose(values, choiceIds) {
    if (!isOpen()) return;
    const chosen = choiceIds.map((id, k) => ({ ...id, value: values[k] ?? "" }));
    const changes = chosen.filter(({ name, value }) => value !== state.shown[name]);
    for (const { part, name, value } of changes) {
      state.shown[name] = value;
      if (part === "scenario") state.scenario[name] = value;
      else state.file.options[name] = value;
    }
    if (changes.length) ask();
  }

  function confirm(clicks) {
    if (!clicks || !isOpen() || transport.pending) return;
    const { field, file, config, scenario } = state;
    getDialog().close();
    app.live.submit(config ? { config, fill: true } : { restart: true, upload: { [field]: file }, scenario });
  }

  function cancel(clicks) {
    if (clicks) getDialog()?.close();
  }

  function retry() {
    if (!isOpen() || !transport.pending) return;
    transport.retryIfLate(performance.now());
    showStatus();
  }

  // However the dialog is closed, by a button or by Escape: a reply that comes later belongs to no file.
  function forget(event) {
    if (event.target.id !== ids.REVIEW) return;
    window.clearInterval(state.timer);
    transport.takeUnanswered();
    Object.assign(state, EMPTY, { scenario: {}, shown: {} });
  }

  // The event does not bubble, but it is captured.
  document.addEventListener("close", forget, true);

  app.review = { open, openConfig, receiveReply, choose, confirm, cancel };
})();
