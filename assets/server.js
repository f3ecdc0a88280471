// Tells a server that computes from one that is away: asks for its health while a reply is late.
(() => {
  "use strict";
  const INTERVAL_MS = 2000;
  const state = { checkedAt: -Infinity, hereAt: -Infinity, awayAt: -Infinity };

  function makeUrl(name) {
    const config = JSON.parse(document.getElementById("_dash-config").textContent);
    return config.requests_pathname_prefix + name;
  }

  // Only the time of the latest answer counts. A server that is not ready yet answers with an error: it is away.
  async function check(at) {
    if (at - state.checkedAt < INTERVAL_MS) return;
    state.checkedAt = at;
    try {
      const response = await window.fetch(makeUrl("healthz"), {
        cache: "no-store",
        signal: AbortSignal.timeout(INTERVAL_MS),
      });
      state[response.ok ? "hereAt" : "awayAt"] = performance.now();
    } catch {
      state.awayAt = performance.now();
    }
  }

  const isRecent = (time, at) => at - time < 2.5 * INTERVAL_MS;
  const isHere = (at) => isRecent(state.hereAt, at) && state.hereAt > state.awayAt;
  const isAway = (at) => isRecent(state.awayAt, at) && state.awayAt > state.hereAt;

  window.dash_clientside.server = { makeUrl, check, isHere, isAway };
})();
