// A run as a link or a file: what the page shows of one, and what it finds in the address or a file.
(function () {
  "use strict";
  // What stands behind # reaches no server's log, and no length is set to it on the way.
  const LINK = "#run=";

  // Longer than any link or file of ours: the server refuses them by their length, and nothing on the way does before.
  const TOO_LONG = 40000;
  const TOO_LONG_FILE = 410000;

  const link = () => (window.location.hash.startsWith(LINK) ? window.location.hash.slice(LINK.length).slice(0, TOO_LONG) : undefined);

  function forget() {
    if (link()) window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
  }

  function show(packed, texts) {
    const url = packed ? window.location.href.split("#")[0] + LINK + packed : "";
    const said = document.getElementById("share-said");
    window.dash_clientside.set_props("share-text", { value: url });
    said.textContent = url ? texts.linked : texts.no_link;
    if (url) window.navigator.clipboard?.writeText(url).then(() => { said.textContent = texts.copied; }, () => {});
  }

  function download({ session, ...run }, { format, version, file_name }) {
    const place = document.createElement("a");
    place.href = URL.createObjectURL(new Blob([JSON.stringify({ format, version, run }, null, 1)], { type: "application/json" }));
    place.download = file_name;
    place.click();
    URL.revokeObjectURL(place.href);
  }

  const text = (contents) => new TextDecoder().decode(Uint8Array.from(atob(contents.split(",")[1] || ""), (sign) => sign.charCodeAt(0))).slice(0, TOO_LONG_FILE);

  function close(back) {
    const menu = document.querySelector("#share[open]");
    if (!menu) return;
    menu.open = false;
    if (back) menu.querySelector("summary").focus();
  }

  document.addEventListener("click", (event) => { if (!event.target.closest?.("#share")) close(false); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(true); });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.share = { link, forget, show, download, text };
})();
