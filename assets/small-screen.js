// A phone: charts let the finger scroll the page, and the settings that are seldom changed open on request.
(() => {
  "use strict";
  const { ids } = window.dash_clientside;

  // Plotly would take a finger on a chart as a drag and keep the page from scrolling. A tap still arrives as a click,
  // which shows the values below it.
  document.addEventListener(
    "touchstart",
    (event) => {
      if (event.target.closest?.(".js-plotly-plot")) event.stopPropagation();
    },
    { capture: true, passive: true },
  );

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(`#${ids.MORE_SETTINGS}`);
    if (!button) return;
    const open = button.closest(".bar").classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  });
})();
