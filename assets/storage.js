// What a tab keeps for its next page: the run, its files, and whether it plays. The session storage belongs to a tab.
(() => {
  "use strict";

  // The storage may hold the values of an older build, or none that can be read.
  function read(name) {
    try {
      return JSON.parse(window.sessionStorage.getItem(name));
    } catch {
      return null;
    }
  }

  const store = (name, value) => window.sessionStorage.setItem(name, JSON.stringify(value));

  window.dash_clientside.storage = { read, store };
})();
