// The legends of the charts: a click on an entry hides its series, or shows it again.
(() => {
  "use strict";
  const app = window.dash_clientside;

  function showTrace(chartId, place, shown) {
    const value = shown ? true : "legendonly";
    app.charts.update(chartId, [{ location: ["data", place, "visible"], params: { value } }]);
  }

  document.addEventListener("click", ({ target }) => {
    const entry = target.closest?.("button.legend-item");
    if (!entry) return;
    const shown = entry.getAttribute("aria-pressed") !== "true";
    entry.setAttribute("aria-pressed", String(shown));
    showTrace(entry.dataset.chart, Number(entry.dataset.trace), shown);
  });
})();
