// Loads AG Grid, half a megabyte, when one of its tables comes near the window, or when the page has been at rest for a
// while: a screen reader, the search of the browser and a print find the whole page.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, laterScripts } = app;
  const MARGIN_PX = "400px";
  const REST_MS = 10000;
  const waits = new Map();
  const followers = new Map();
  const observer = new IntersectionObserver(noteSight, { rootMargin: MARGIN_PX });
  const makeStoreId = (id) => `${id}${ids.GRID_DEFINITION_SUFFIX}`;
  const findFrame = (id) => document.getElementById(`${id}${ids.GRID_FRAME_SUFFIX}`);
  const placed = new WeakSet();
  const isPlaced = (id) => placed.has(findFrame(id));

  // Of two pages that have the grid, or two languages, only the one that is there gets it.
  async function request(frame) {
    observer.unobserve(frame);
    await laterScripts.load("grid");
    const store = makeStoreId(frame.dataset.grid);
    const definition = window.dash_component_api.getLayout(store)?.props.data;
    if (frame.isConnected && definition) app.set_props(store, { data: { ...definition, wanted: true } });
  }

  function noteSight(entries) {
    for (const { target, isIntersecting } of entries) if (isIntersecting) request(target);
  }

  // A hidden table is not needed until it is shown.
  function requestAtRest(frame) {
    if (frame.offsetParent && !isPlaced(frame.dataset.grid) && !navigator.connection?.saveData) request(frame);
  }

  function watch(id) {
    const frame = findFrame(id);
    placed.delete(frame);
    if (laterScripts.isWanted("grid")) return request(frame);
    observer.observe(frame);
    window.setTimeout(requestAtRest, REST_MS, frame);
  }

  // Called with the definition of a grid when its page is there, and again when the grid is wanted.
  function place({ grid, wanted }) {
    const { id } = grid.props;
    if (!wanted) {
      watch(id);
      return app.no_update;
    }
    placed.add(findFrame(id));
    for (const resolve of waits.get(id) ?? []) resolve();
    waits.delete(id);
    followers.get(id)();
    return grid;
  }

  // Calls a function each time that a grid is placed: with each visit of its page and each language.
  const follow = (id, call) => followers.set(id, call);

  function waitUntilPlaced(id) {
    if (isPlaced(id)) return Promise.resolve();
    return new Promise((resolve) => waits.set(id, [...(waits.get(id) ?? []), resolve]));
  }

  app.gridLoader = { place, follow, isPlaced, waitUntilPlaced };
})();
