// The time bar: the window of all charts over time, which the tab keeps over a reload.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const STORAGE_KEY = "window";
  const state = { window: undefined };
  const listButtons = () => [...document.querySelectorAll("button[data-window]")];

  function read() {
    try {
      return window.sessionStorage.getItem(STORAGE_KEY) ?? undefined;
    } catch {
      return undefined;
    }
  }

  function store(value) {
    try {
      window.sessionStorage.setItem(STORAGE_KEY, value);
    } catch {
      // A browser without storage keeps the choice until the page is left.
    }
  }

  // The storage may hold a window of another build.
  function readWindow() {
    const names = listButtons().map((button) => button.dataset.window);
    const chosen = state.window ?? read();
    return names.includes(chosen) ? chosen : undefined;
  }

  const readSelection = () => ({ window: readWindow() });

  // Each page and language has buttons of its own.
  function showReply() {
    const chosen = readWindow();
    if (!chosen) return;
    for (const button of listButtons()) button.setAttribute("aria-pressed", String(button.dataset.window === chosen));
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("button[data-window]");
    if (!button) return;
    state.window = button.dataset.window;
    store(state.window);
    showReply();
    app.live.submit({});
  });

  app.time = { readSelection, showReply };
})();
