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

  // Without room or permission, the run lives until the page is left.
  function store(name, value) {
    try {
      window.sessionStorage.setItem(name, JSON.stringify(value));
    } catch {
      // The page goes on without.
    }
  }

  window.dash_clientside.storage = { read, store };
})();
