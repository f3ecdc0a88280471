// The file of the steps of one vehicle.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  // Asked for with each request until it comes: a long past is computed in several.
  const state = { isAsked: false };

  function show({ file, number }) {
    if (!file) return;
    state.isAsked = false;
    app.grid.saveCsv(file, `ev2gym-vehicle-${number}.csv`);
  }

  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.(`#${ids.VEHICLE_EXPORT}`)) return;
    state.isAsked = true;
    app.live.submit({});
  });

  app.vehicleFile = { show, isAsked: () => state.isAsked };
})();
