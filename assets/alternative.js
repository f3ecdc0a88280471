// The other strategy with which the page of the fleet compares its run live: the tab keeps it, and the address, with
// which a link hands it on.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, storage } = app;
  const STORAGE_KEY = "alternative";
  const PARAMETER = "alternative";
  const state = { root: null };

  // A link names the strategy in its address, before the one that the tab has kept; the server need not have either.
  function findKept(root) {
    const kept = [new URLSearchParams(window.location.search).get(PARAMETER), storage.read(STORAGE_KEY)];
    return kept.find((name) => [...root.options].some(({ value }) => value === name)) ?? "";
  }

  // Each page and language has a choice of its own.
  function enter() {
    const root = document.getElementById(ids.ALTERNATIVE);
    if (root === state.root) return;
    state.root = root;
    if (root) show(findKept(root));
    holdRoom();
  }

  // Whoever opens the link of the page, which has the run behind this address, compares it with the same strategy.
  function show(name) {
    state.root.value = name;
    storage.store(STORAGE_KEY, name);
    const address = new URL(window.location.href);
    if (name) address.searchParams.set(PARAMETER, name);
    else address.searchParams.delete(PARAMETER);
    window.history.replaceState(window.history.state, "", address);
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
    show(target.value);
    holdRoom();
    app.live.submit({});
  });

  app.alternative = { readSelection };
})();
