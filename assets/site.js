// The buttons that only the page of the site has.
(() => {
  "use strict";
  const app = window.dash_clientside;

  const startEvent = () => app.live.submit({ set: { event: app.live.page.texts.event } });

  function acceptOffer() {
    const { offer } = app.live.page;
    if (offer) app.live.submit({ set: { params: offer }, fill: true });
  }

  app.site = { startEvent, acceptOffer };
})();
