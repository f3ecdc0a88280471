// The controls of the run: turns what the user changes into commands, and shows what a reply says is in force.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  const CONTROLS = { strategy: ids.STRATEGY, v2g: ids.V2G, catalog: ids.CATALOG };
  // Base64 makes a file a third longer; above this ratio the file exceeds the server's limit.
  const MAX_ENCODED_RATIO = 1.5;

  // `values` holds what the controls show, `accepted` the values of the last accepted reply: a refusal restores them.
  // `form` holds the values of the fields that are in force, `asked` those that were sent since, refused ones included.
  // `filled` is an element of the page whose fields a reply has filled.
  const state = { values: {}, accepted: {}, form: {}, asked: {}, filled: null, model: null, basis: "models" };
  // The fields of a new page are empty until the first reply fills them: that is no change of the user. Dash may tell of
  // them before the page begins, so that only its elements say which page it is.
  const isFilled = () => Boolean(state.filled?.isConnected);
  const hasRun = () => Boolean(app.live.page.run);
  const submit = (command) => app.live.submit(command);

  const readSelection = () => ({
    model: state.model,
    basis: state.basis,
    ...app.time.readSelection(),
    ...app.vehicles.readSelection(),
    ...app.events.readSelection(),
    ...app.alternative.readSelection(),
  });

  // The values are stored first: to set a control calls its callback, which must not take it for the user's change.
  function setValues(values) {
    state.values = { ...values };
    for (const [name, value] of Object.entries(values)) app.set_props(CONTROLS[name], { value });
  }

  function showReply(reply, command) {
    app.time.showReply(reply);
    state.accepted = reply.force;
    if (reply.form) fillForm(reply.form, command);
    const params = command.set?.params || {};
    state.form = { ...state.form, ...params };
    if (reply.form) setValues(reply.force);
    if (reply.form) app.form.clearIssues([...app.form.noted].filter((name) => !(name in app.drafts.read())));
    else if (app.live.isUsers(command)) app.form.clearIssues(Object.keys(params));
    app.form.showHints(reply.hints);
    if (reply.form || app.live.isUsers(command)) showSettings();
  }

  const readValues = () => ({ ...state.form, ...app.drafts.read() });
  const showSettings = () => app.settings.show(readValues(), state.accepted.strategy);

  // What was applied is in force, as far as it was not typed anew meanwhile.
  function fillForm(form, { scenario }) {
    const left = Object.entries(app.drafts.read()).filter(([name, value]) => scenario?.[name] !== value);
    for (const name of Object.keys(scenario || {})) if (name in form) app.form.setField(name, form[name]);
    Object.assign(state, { form, asked: {}, filled: document.getElementById(ids.STATUS) });
    storeDrafts(Object.fromEntries(left.filter(([name, value]) => form[name] !== value)));
  }

  function storeDrafts(drafts) {
    app.drafts.store(drafts);
    app.form.showDrafts(Object.keys(drafts), app.live.page.texts.unapplied);
    showSettings();
  }

  function awaitForm(lang) {
    state.filled = null;
    app.drafts.setLanguage(lang);
  }

  function refuse(issues) {
    setValues(state.accepted);
    app.form.showIssues(issues, state.form);
  }

  const restoreValues = () => setValues(state.accepted);

  // Returns whether the user changed a control; a value that a reply has set calls the same callback.
  function recordChange(name, value) {
    if (!hasRun() || value === undefined || value === null || state.values[name] === value) return false;
    state.values[name] = value;
    app.live.page.notice = "";
    return true;
  }

  function setStrategy(strategy) {
    if (recordChange("strategy", strategy)) submit({ set: { strategy } });
  }

  function setV2g(v2g) {
    if (recordChange("v2g", v2g)) submit({ set: { v2g } });
  }

  function setCatalog(catalog) {
    if (recordChange("catalog", catalog))
      submit({ restart: true, scenario: { catalog }, upload: { catalog_spec: null } });
  }

  function setFleetSize(size) {
    if (size === undefined || size === null || !isNew("fleet_size", size)) return;
    state.asked.fleet_size = size;
    submit({ restart: true, scenario: { fleet_size: size } });
  }

  // The name of a strategy's parameter has a dot; the other fields belong to the scenario and start a new run.
  const isParameter = (name) => name.includes(".");
  // The size of the fleet is applied at once.
  const isDraftField = (name) => !isParameter(name) && name !== "fleet_size";

  // A value that a reply has set, or that was sent already, calls the same callbacks as one that the user types. The
  // value in force is new again after a refused one: it takes the note of that away.
  function isNew(name, value) {
    if (!hasRun() || !isFilled() || !(name in state.form)) return false;
    return (state.asked[name] ?? state.form[name]) !== value;
  }

  const listFields = (values, fieldIds) => fieldIds.map(({ name }, k) => [name, values[k]]);

  function setParameters(values, fieldIds) {
    const fields = listFields(values, fieldIds);
    const params = fields.filter(([name, value]) => isParameter(name) && isNew(name, value));
    if (isFilled()) keepDrafts(fields);
    if (!params.length) return;
    Object.assign(state.asked, Object.fromEntries(params));
    submit({ set: { params: Object.fromEntries(params) } });
  }

  function keepDrafts(fields) {
    const isDraft = ([name, value]) => isDraftField(name) && name in state.form && state.form[name] !== value;
    storeDrafts(Object.fromEntries(fields.filter(isDraft)));
  }

  function applyForm() {
    submit({ restart: true, scenario: app.drafts.read() });
  }

  function discardDrafts() {
    const names = Object.keys(app.drafts.read());
    storeDrafts({});
    for (const name of names) app.form.setField(name, state.form[name]);
    app.form.clearIssues(names);
  }

  // The input is emptied, so that the user can choose the same file again after correcting it. Only the name of a file
  // that is too long is sent: the server can then explain its limit, but not for a body above the request limit.
  function uploadFile(contents, name, uploadId) {
    if (!contents || !hasRun()) return;
    app.set_props(uploadId, { contents: null });
    const input = document.querySelector(`#${uploadId} input`);
    if (input) input.value = "";
    const fits = contents.length <= MAX_ENCODED_RATIO * app.live.page.texts.file_bytes;
    app.review.open(uploadId.slice(ids.UPLOAD_PREFIX.length), { name, contents: fits ? contents : null });
  }

  function removeFile(clicks, uploadId) {
    const field = uploadId.slice(ids.UPLOAD_PREFIX.length);
    if (clicks && hasRun()) submit({ restart: true, upload: { [field]: null } });
  }

  // The run does not change, so the command is empty: the reply explains the chosen model.
  function selectModel(rows) {
    const model = rows?.length ? rows[0].model : null;
    if (model === state.model) return;
    state.model = model;
    submit({});
  }

  function selectBasis(basis) {
    if (basis === state.basis) return;
    state.basis = basis;
    submit({ full: true });
  }

  // The focus stays in the place of the two buttons: the one that had it is hidden.
  function showPlaying(on) {
    const hadFocus = Boolean(document.activeElement?.closest(`#${ids.TOGGLE}`));
    app.dom.setState(ids.TOGGLE, on ? "running" : "paused");
    if (hadFocus) document.getElementById(on ? ids.PAUSE : ids.PLAY).focus();
  }

  function step() {
    app.live.setPlaying(false);
    submit({ steps: 1 });
  }

  app.controls = {
    readSelection,
    showReply,
    restoreValues,
    refuse,
    awaitForm,
    drafts: () => app.drafts.read(),
    values: readValues,
    discardDrafts,
    showPlaying,
    play: () => app.live.setPlaying(true),
    pause: () => app.live.setPlaying(false),
    step,
    restart: () => submit({ restart: true }),
    setSpeed: (value) => app.live.clock.setSpeed(value),
    setStrategy,
    setV2g,
    setCatalog,
    setFleetSize,
    setParameters,
    applyForm,
    uploadFile,
    removeFile,
    selectModel,
    selectBasis,
  };
})();
