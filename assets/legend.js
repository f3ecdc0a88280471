// The legends of the charts: a click on an entry hides its series, or shows it again.
(() => {
  "use strict";
  const app = window.dash_clientside;

  // The figure goes through Dash: what the next reply changes is then laid over it, and the series stays hidden.
  function showTrace(chartId, place, shown) {
    const { data, layout } = document.querySelector(`#${chartId} .js-plotly-plot`);
    const traces = data.map((trace, k) => (k === place ? { ...trace, visible: shown ? true : "legendonly" } : trace));
    app.set_props(chartId, { figure: { data: traces, layout } });
  }

  document.addEventListener("click", ({ target }) => {
    const entry = target.closest?.("button.legend-item");
    if (!entry) return;
    const shown = entry.getAttribute("aria-pressed") !== "true";
    entry.setAttribute("aria-pressed", String(shown));
    showTrace(entry.dataset.chart, Number(entry.dataset.trace), shown);
  });
})();
