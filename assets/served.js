// Answers the first requests of Dash from the index, which carries the layout, the page of its address, and the callbacks.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const sendRequest = window.fetch;
  const address = window.location.pathname + window.location.search;
  const state = { hasLeft: false };

  function take(name) {
    const element = document.getElementById(name);
    const text = element?.textContent;
    element?.remove();
    return text;
  }

  window.fetch = (resource, options) => {
    const name = String(resource).split("/").pop();
    const text = name.startsWith("_dash-") ? take(name) : undefined;
    if (!text) return sendRequest(resource, options);
    return Promise.resolve(new Response(text, { headers: { "Content-Type": "application/json" } }));
  };

  // Returns whether the page of an address is the one that the index has brought, and no other has been asked for since.
  function isShown(pathname, search) {
    const isFirst = !pathname || pathname + (search ?? "") === address;
    state.hasLeft ||= !isFirst;
    return !state.hasLeft;
  }

  app.served = { isShown };
})();
