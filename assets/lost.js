// The way out of a run whose files are neither on the server nor in this browser: choose them again, or drop them.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, dom } = app;
  let fields = [];

  function show(issues) {
    // The files are there again: their fields say so no more.
    if (!issues.length && fields.length) app.form.clearIssues(fields);
    fields = issues.map(({ field }) => field);
    dom.setText(ids.LOST_TEXT, issues.map(({ line }) => line).join("\n"));
    const panel = document.getElementById(ids.LOST);
    if (panel) panel.hidden = !fields.length;
  }

  // Of several files, one is chosen after the other: the notice stays for the rest.
  function choose(clicks) {
    if (clicks && fields.length) document.querySelector(`#${ids.UPLOAD_PREFIX}${fields[0]} input`)?.click();
  }

  function drop(clicks) {
    const upload = Object.fromEntries(fields.map((field) => [field, null]));
    if (clicks && fields.length) app.live.submit({ restart: true, upload });
  }

  app.lost = { show, choose, drop };
})();
