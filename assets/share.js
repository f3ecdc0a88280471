// A run as a link or a file: makes them for the user, and reads those that are opened.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  // A fragment is not sent to any server: no log holds it, and no proxy limits its length.
  const LINK_START = "#run=";

  // Just above the server's limits for a link and a file: it explains why it refuses a text cut here, but a body above
  // the request limit gets no reply that the page could show.
  const MAX_LINK_CHARS = 40000;
  const MAX_FILE_CHARS = 8100000;

  function readLink() {
    const { hash } = window.location;
    return hash.startsWith(LINK_START) ? hash.slice(LINK_START.length).slice(0, MAX_LINK_CHARS) : undefined;
  }

  // Otherwise a reload would open the link again, and lose what was done since.
  function forgetLink() {
    const { pathname, search } = window.location;
    if (readLink()) window.history.replaceState(window.history.state, "", pathname + search);
  }

  function showLink(packed, texts) {
    const url = packed ? window.location.href.split("#")[0] + LINK_START + packed : "";
    app.set_props(ids.SHARE_TEXT, { value: url });
    app.dom.setText(ids.SHARE_STATUS, url ? texts.linked : texts.no_link);
    if (!url) return;
    const confirmCopy = () => app.dom.setText(ids.SHARE_STATUS, texts.copied);
    // Without permission, or over plain HTTP, there is no clipboard: the link stays in its field to be copied by hand.
    window.navigator.clipboard?.writeText(url).then(confirmCopy, () => {});
  }

  // The session stays out of the file: whoever opens it gets a session of their own. The user's files go into it.
  function writeFile({ session, ...run }, { format, version, file_name }) {
    const content = JSON.stringify({ format, version, run });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    link.download = file_name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // The server sends the files that this browser no longer has.
  async function downloadRun() {
    const { run } = app.live.page;
    if (!run) return;
    if (!(await saveRun(run))) app.live.submit({ save: true });
  }

  async function saveRun(run) {
    const whole = await app.contents.inline(run);
    if (whole) writeFile(whole, app.live.page.texts);
    return whole !== null;
  }

  function decodeFile(contents) {
    const bytes = Uint8Array.from(atob(contents.split(",")[1] || ""), (sign) => sign.charCodeAt(0));
    // An empty file is opened too: the server says that it is no run.
    return new TextDecoder().decode(bytes).slice(0, MAX_FILE_CHARS) || " ";
  }

  // A configuration of EV2Gym is checked first: it says less than a run, and something else in part.
  function openFile(contents, name) {
    if (!contents) return;
    app.set_props(ids.SHARE_OPEN, { contents: null });
    if (/\.ya?ml$/i.test(name)) app.review.openConfig(name, decodeFile(contents));
    else app.live.submit({ file: decodeFile(contents), fill: true });
  }

  function openLink() {
    const link = readLink();
    if (link && app.live.page.texts.lang) app.live.submit({ link, fill: true });
  }

  // The menus of the header: that of a run, and that of the help.
  function closeMenus({ focus, except }) {
    for (const menu of document.querySelectorAll("details.share[open]")) {
      if (menu === except) continue;
      menu.open = false;
      if (focus) menu.querySelector("summary").focus();
    }
  }

  window.addEventListener("hashchange", openLink);
  document.addEventListener("click", (event) => {
    closeMenus({ focus: false, except: event.target.closest?.("details.share") });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus({ focus: true });
  });

  const requestLink = () => app.live.submit({ share: true });
  app.share = { readLink, forgetLink, showLink, requestLink, downloadRun, saveRun, openFile };
})();
