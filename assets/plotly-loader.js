// Loads Plotly, more than a megabyte to parse, when the first numbers are shown. Until then Dash's graphs find a promise
// in its place, for which they wait.
(() => {
  "use strict";
  const app = window.dash_clientside;
  // A page without numbers, or whose first ones take long, gets its empty charts after a while.
  const PATIENCE_MS = 2000;
  const gate = {};
  const opened = new Promise((resolve) => Object.assign(gate, { open: resolve }));
  const ready = opened.then(() => app.laterScripts.load("plotly")).then(() => window.Plotly);

  function awaitPlotly() {
    window.setTimeout(gate.open, PATIENCE_MS);
    return ready;
  }

  // The script of Plotly takes the place of the promise.
  function takePlace(plotly) {
    const value = app.charts.takeFirstDrawings(plotly);
    Object.defineProperty(window, "Plotly", { value, writable: true, configurable: true });
  }

  Object.defineProperty(window, "Plotly", { get: awaitPlotly, set: takePlace, configurable: true });

  const release = () => gate.open();

  // While the page plays, the first number that moves comes before the charts.
  function showReply(clock, command) {
    if (!clock.playing || command.steps) release();
  }

  app.plotlyLoader = { release, showReply };
})();
