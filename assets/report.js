// The report of a run: its link, which opens the run again also from a PDF, and the button that prints it.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  const LINK_START = "#run=";
  const SHOWN_CHARS = 72;

  // The report is below the address of the fleet, which opens links.
  function makeAddress(link, lang) {
    const address = new URL(".", window.location.href);
    address.search = new URLSearchParams({ lang });
    return address.href + LINK_START + link;
  }

  // A printed address cannot be clicked, and is too long to be typed: its start tells where the run was.
  function showReply(report) {
    const anchor = document.getElementById(ids.REPORT_LINK);
    if (!anchor || !report) return;
    // Whatever way led here: a sheet that is read and printed stays as it is.
    if (app.live.clock.playing) app.live.setPlaying(false);
    const { lang, no_link } = app.live.page.texts;
    if (report.link) anchor.href = makeAddress(report.link, lang);
    else anchor.removeAttribute("href");
    app.dom.setText(ids.REPORT_LINK, report.link ? `${anchor.href.slice(0, SHOWN_CHARS)}…` : no_link);
  }

  document.addEventListener("click", ({ target }) => {
    if (target.closest?.(`#${ids.REPORT_OPEN}`)) app.live.setPlaying(false);
    if (target.closest?.(`#${ids.REPORT_PRINT}`)) window.print();
  });

  app.report = { showReply };
})();
