// The legends of the Compare page: each lists the strategies of its figure, without those that were left out.
(() => {
  "use strict";
  const app = window.dash_clientside;

  function follow(figure) {
    const [{ id }] = app.callback_context.inputs_list;
    const shown = new Set((figure?.data ?? []).map((trace) => trace.legendgroup));
    const entries = document.getElementById(id)?.closest(".panel").querySelectorAll("[data-strategy]") ?? [];
    // Before the first result there is none: the page is as wide as with all of them.
    for (const entry of entries) entry.hidden = shown.size > 0 && !shown.has(entry.dataset.strategy);
  }

  app.compareLegend = { follow };
})();
