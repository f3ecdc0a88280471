// Changes the page or the language: between two replies, and again and again while the server is away.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, dom, server, Transport } = app;
  const DEADLINE_MS = 3000;
  const SLOW_MS = 2000;
  const MAX_PATIENCE_MS = 30000;

  // `leaving` is the page that is asked for, until it is entered. A page without a run stays left after its arrival,
  // so that nothing is asked for the run.
  const state = { leaving: null };
  const isLeft = () => state.leaving !== null;

  // A reply that comes when its page is gone finds no outputs to write to: a page is left between two replies.
  function navigate(pathname, search) {
    if (app.served.isShown(pathname, search)) return app.no_update;
    const since = performance.now();
    state.leaving = { to: { pathname, search }, since, sentAt: null, attempt: 0, failed: false, arrived: false };
    leave();
    return app.no_update;
  }

  // Without a reply, the page is left after the deadline.
  function leave() {
    const { leaving } = state;
    const at = performance.now();
    if (leaving.arrived || (app.live?.transport.pending && at - leaving.since < DEADLINE_MS)) return;
    if (leaving.sentAt !== null && !isLate(leaving, at)) return;
    Object.assign(leaving, { sentAt: at, attempt: leaving.attempt + 1, failed: false });
    app.set_props(ids.ADDRESS, { data: { ...leaving.to, attempt: leaving.attempt } });
  }

  // A server that is here sends the page: to ask again would only give it more to do.
  function isLate({ sentAt, failed }, at) {
    if (at - sentAt < SLOW_MS) return false;
    server.check(at);
    const isHere = server.isHere(at);
    const { busy, reconnecting } = app.live.page.texts;
    showDelay(isHere && !failed ? busy : reconnecting);
    if (failed && isHere) return true;
    return at - sentAt > (isHere ? MAX_PATIENCE_MS : SLOW_MS + DEADLINE_MS);
  }

  // The page of an earlier click may come while that of a later one is not asked for yet.
  const isAsked = () => isLeft() && state.leaving.sentAt !== null;

  function arrive() {
    if (isAsked()) state.leaving.arrived = true;
    showDelay("");
  }

  function enter() {
    if (isAsked()) state.leaving = null;
  }

  function showDelay(text) {
    const isLost = Boolean(text) && text === app.live.page.texts.reconnecting;
    document.documentElement.classList.toggle("reconnecting", isLost);
    // Each page has one of the two.
    if (text) for (const id of [ids.STATUS, ids.COMPARE_STATUS]) dom.setText(id, text);
  }

  Transport.listenToFailures((output) => {
    if (output === `${ids.PAGE}.children` && state.leaving) state.leaving.failed = true;
  });

  app.navigation = { navigate, isLeft, leave, arrive, enter };
})();
