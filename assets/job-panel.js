// The panels whose job runs in the queue of the server, which their timer polls.
(() => {
  "use strict";
  const app = window.dash_clientside;

  // The answer to the click starts the timer again if there is more to ask for.
  const pause = (...clicks) => (clicks.some(Boolean) ? true : app.no_update);

  app.jobPanel = { pause };
})();
