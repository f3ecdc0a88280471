// The time bar: the window of all charts over time, which the tab keeps over a reload, and the cursor that goes back.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, storage } = app;
  const STORAGE_KEY = "window";
  // `past` is the step that is looked at, of the run of `session`; undefined for the current one.
  const state = { window: undefined, past: undefined, session: undefined };
  const listButtons = () => [...document.querySelectorAll("button[data-window]")];
  const findFrame = () => document.getElementById(ids.CURSOR);

  // The storage may hold a window of another build.
  function readWindow() {
    const names = listButtons().map((button) => button.dataset.window);
    const chosen = state.window ?? storage.read(STORAGE_KEY);
    return names.includes(chosen) ? chosen : undefined;
  }

  // A page without the cursor shows no past.
  const readSelection = () => ({ window: readWindow(), past_step: findFrame() ? state.past : undefined });

  // Each page and language has buttons of its own.
  function showWindow() {
    const chosen = readWindow();
    if (!chosen) return;
    for (const button of listButtons()) button.setAttribute("aria-pressed", String(button.dataset.window === chosen));
  }

  function makeSlider(frame) {
    const slider = document.createElement("input");
    slider.type = "range";
    slider.setAttribute("aria-label", frame.title);
    slider.addEventListener("input", () => lookAt(Number(slider.value)));
    frame.append(slider);
    return slider;
  }

  function showCursor({ first, step }) {
    const frame = findFrame();
    if (!frame) return;
    const { session } = app.live.page.run;
    if (session !== state.session || state.past >= step) state.past = undefined;
    state.session = session;
    const slider = frame.querySelector("input") ?? makeSlider(frame);
    slider.min = Math.min(first, state.past ?? first);
    slider.max = step;
    slider.value = state.past ?? step;
    slider.setAttribute("aria-valuetext", document.getElementById(ids.CURSOR_TEXT).textContent);
  }

  function lookAt(step) {
    state.past = step >= app.live.page.run.step ? undefined : step;
    app.live.submit({});
  }

  function goBack() {
    state.past = undefined;
    app.live.submit({});
  }

  function showReply(reply) {
    showWindow();
    if (reply.time) showCursor(reply.time);
  }

  document.addEventListener("click", ({ target }) => {
    if (target.closest?.(`#${ids.CURSOR_BACK}`)) goBack();
    const button = target.closest?.("button[data-window]");
    if (!button) return;
    state.window = button.dataset.window;
    storage.store(STORAGE_KEY, state.window);
    showWindow();
    app.live.submit({});
  });

  app.time = { readSelection, showReply, lookAt };
})();
