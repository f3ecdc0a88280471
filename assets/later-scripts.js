// Loads the scripts that the first numbers do not need; the index names their addresses.
(() => {
  "use strict";
  const RETRY_MS = 2000;
  const loads = new Map();

  function addScript(name, done) {
    const src = document.querySelector(`meta[name=${name}-script]`)?.content;
    const script = Object.assign(document.createElement("script"), { src, onload: done });
    script.onerror = () => {
      script.remove();
      window.setTimeout(addScript, RETRY_MS, name, done);
    };
    document.head.append(script);
  }

  function load(name) {
    if (!loads.has(name)) loads.set(name, new Promise((resolve) => addScript(name, resolve)));
    return loads.get(name);
  }

  window.dash_clientside.laterScripts = { load, isWanted: (name) => loads.has(name) };
})();
