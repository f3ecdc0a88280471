// Tells React of the changes in Dash's store once per task. Opening a page changes it hundreds of times, and at each
// change each of its more than a thousand components would look whether it has changed.
(() => {
  "use strict";
  const stores = [];

  function callOnce(listener) {
    let isDue = false;
    function call() {
      isDue = false;
      listener();
    }
    return () => {
      if (!isDue) queueMicrotask(call);
      isDue = true;
    };
  }

  function batchListeners(store) {
    const { subscribe } = store;
    store.subscribe = (listener) => subscribe(callOnce(listener));
    return Array.prototype.push.call(stores, store);
  }

  // Dash's renderer adds its store here before React listens to it; its own observers of callbacks listen already.
  stores.push = batchListeners;
  window.dash_stores = stores;
})();
