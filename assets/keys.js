// The keyboard's shortcuts: outside of fields, a key starts, pauses, steps, sets the speed, or opens the list of keys.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  const FIELDS = "input, select, textarea, [contenteditable], [role=slider], .ag-root, dialog";
  // The space bar presses what has the focus.
  const PRESSED = "button, a, summary, label, [role=button], [role=region]";
  const find = (id) => document.getElementById(id);

  function togglePlaying() {
    app.live.setPlaying(!app.live.clock.playing);
  }

  function toggleFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.();
  }

  function openList() {
    if (!find(ids.KEYS).open) find(ids.KEYS).showModal();
  }

  function setSpeed(number) {
    // The component adds an empty option of its own.
    const choice = [...find(ids.SPEED).options].filter(({ value }) => value)[number - 1];
    if (choice) app.set_props(ids.SPEED, { value: choice.value });
  }

  const PAGE_KEYS = { f: toggleFullScreen, F: toggleFullScreen, "?": openList };
  const RUN_KEYS = { " ": togglePlaying, ArrowRight: () => app.controls.step() };

  function findAction(key) {
    if (PAGE_KEYS[key]) return PAGE_KEYS[key];
    if (!find(ids.TOGGLE)) return undefined;
    return /^[1-9]$/.test(key) ? () => setSpeed(Number(key)) : RUN_KEYS[key];
  }

  function isTaken({ key, target, ctrlKey, metaKey, altKey }) {
    if (ctrlKey || metaKey || altKey || !find(ids.KEYS_ON)?.checked) return true;
    return Boolean(target.closest?.(FIELDS) || (key === " " && target.closest?.(PRESSED)));
  }

  document.addEventListener("keydown", (event) => {
    const action = isTaken(event) ? undefined : findAction(event.key);
    if (!action) return;
    event.preventDefault();
    action();
  });

  document.addEventListener("click", ({ target }) => target.closest?.(`#${ids.KEYS_OPEN}`) && openList());
})();
