// The controls of the run: turns what the user changes into commands, and shows what a reply says is in force.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  const CONTROLS = { strategy: ids.STRATEGY, v2g: ids.V2G, catalog: ids.CATALOG };
  // Base64 makes a file a third longer; above this ratio the file exceeds the server's limit.
  const MAX_ENCODED_RATIO = 1.5;

  // `values` holds what the controls show, `accepted` the values of the last accepted reply: a refusal restores them.
  const state = { values: {}, accepted: {}, form: {}, model: null, basis: "models" };
  const hasRun = () => Boolean(app.live.page.run);
  const submit = (command) => app.live.submit(command);

  const readSelection = () => ({ model: state.model, basis: state.basis });

  // The values are stored first: to set a control calls its callback, which must not take it for the user's change.
  function setValues(values) {
    state.values = { ...values };
    for (const [name, value] of Object.entries(values)) app.set_props(CONTROLS[name], { value });
  }

  function showReply(reply) {
    state.form = reply.form || state.form;
    state.accepted = reply.force;
    if (reply.form) setValues(reply.force);
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
    if (!hasRun() || !size || state.form.fleet_size === undefined || state.form.fleet_size === size) return;
    state.form.fleet_size = size;
    submit({ restart: true, scenario: { fleet_size: size } });
  }

  // The name of a strategy's parameter has a dot; the other fields belong to the scenario and start a new run.
  const isParameter = (name) => name.includes(".");
  const isScenarioField = (name) => !isParameter(name);

  function findChanges(values, fieldIds, isWanted) {
    const fields = fieldIds.map(({ name }, k) => [name, values[k]]);
    const isChanged = ([name, value]) => state.form[name] !== undefined && state.form[name] !== value;
    return Object.fromEntries(fields.filter((field) => isWanted(field[0]) && isChanged(field)));
  }

  function setParameters(values, fieldIds) {
    const params = findChanges(values, fieldIds, isParameter);
    if (!hasRun() || !Object.keys(params).length) return;
    state.form = { ...state.form, ...params };
    submit({ set: { params } });
  }

  function applyForm(_clicks, values, fieldIds) {
    submit({ restart: true, scenario: findChanges(values, fieldIds, isScenarioField) });
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

  function step() {
    app.live.setPlaying(false);
    submit({ steps: 1 });
  }

  app.controls = {
    readSelection,
    showReply,
    restoreValues,
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
