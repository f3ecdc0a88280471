// The other strategy with which the page of the fleet compares its run live; the tab keeps it over a reload.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, storage } = app;
  const STORAGE_KEY = "alternative";
  const state = { root: null };

  // Each page and language has a choice of its own; the storage may hold a strategy that the server no longer has.
  function enter() {
    const root = document.getElementById(ids.ALTERNATIVE);
    if (root === state.root) return;
    state.root = root;
    const kept = storage.read(STORAGE_KEY);
    if (root && [...root.options].some(({ value }) => value === kept)) root.value = kept;
    holdRoom();
  }

  // The differences on the tiles have their room before they arrive: a reload would otherwise move the page.
  function holdRoom() {
    document.documentElement.classList.toggle("compares", Boolean(state.root?.value));
  }

  function readSelection() {
    enter();
    return { alternative: state.root?.value || undefined };
  }

  document.addEventListener("change", ({ target }) => {
    if (target.id !== ids.ALTERNATIVE) return;
    storage.store(STORAGE_KEY, target.value);
    holdRoom();
    app.live.submit({});
  });

  app.alternative = { readSelection };
})();
