// A run that the server reaches in slices: its session, and the request that goes on towards it.
(() => {
  "use strict";
  // Of a request whose run the server has made: nothing leads to it any more.
  const GOAL = {
    kept: false,
    steps: 0,
    ...Object.fromEntries(
      ["set", "scenario", "upload", "link", "file", "config", "restart", "session"].map((name) => [name, undefined]),
    ),
  };

  const makeSession = () => window.crypto.getRandomValues(new Uint32Array(4)).join("-");

  window.dash_clientside.replay = { GOAL, makeSession };
})();
