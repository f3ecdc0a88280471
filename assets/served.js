// Answers the first requests of the page from the index, which carries the layout, the page of its address, the
// callbacks, and the reply to a browser that holds no run.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const sendRequest = window.fetch;
  const address = window.location.pathname + window.location.search;
  const state = { hasLeft: false };
  const SENT_BY_EACH = ["number", "session", "build"];

  function take(name) {
    const element = document.getElementById(name);
    const text = element?.textContent;
    element?.remove();
    return text;
  }

  window.fetch = async (resource, options) => {
    const name = String(resource).split("/").pop();
    const text = name.startsWith("_dash-") ? take(name) : undefined;
    if (!text) return sendRequest(resource, options);
    await app.firstRun.hasMoved();
    return new Response(text, { headers: { "Content-Type": "application/json" } });
  };

  // Returns whether the page of an address is the one that the index has brought, and no other has been asked for since.
  function isShown(pathname, search) {
    const isFirst = !pathname || pathname + (search ?? "") === address;
    state.hasLeft ||= !isFirst;
    return !state.hasLeft;
  }

  function isEqual(one, other) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)].filter((name) => !SENT_BY_EACH.includes(name)));
    return [...names].every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
  }

  // The events of the log come with it, and stay out of sight where its panel is closed.
  const isAnswered = (request, answered) => isEqual({ ...request, log: request.log ?? answered.log }, answered);

  // Returns the outputs for the first request of a page, as the server would reply to it, and views to lie over them;
  // null for another request.
  function takeReply(store, request) {
    app.firstSight.remove();
    const text = take("first-reply");
    const served = app.firstRun.take() ?? (text && JSON.parse(text));
    if (!served || served.store !== store || !isAnswered(request, served.request)) return null;
    const { data } = served.outputs[app.ids.REPLY];
    data.number = request.number;
    data.run.session = request.session ?? data.run.session;
    return [served.outputs, served.later ?? {}];
  }

  app.served = { isShown, takeReply };
})();
