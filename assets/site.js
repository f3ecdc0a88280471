// The buttons that only the page of the site has.
(() => {
  "use strict";
  const app = window.dash_clientside;

  const startEvent = () => app.live.submit({ set: { event: app.live.page.texts.event } });

  function acceptOffer() {
    const { offer } = app.live.page;
    if (offer) app.live.submit({ set: { params: offer }, fill: true });
  }

  // The server computes it from the run as it is now; the run goes on meanwhile.
  const handOver = (clicks) => (clicks ? app.live.page.run : app.no_update);

  // A single tick of the timer draws the result for another time.
  const redraw = () => false;

  app.site = { startEvent, acceptOffer, handOver, redraw };
})();
