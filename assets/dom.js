// Writes texts, bars and states of a reply straight into the document: as Dash outputs, each would pass through React.
(() => {
  "use strict";
  const MAX_LENGTHS = { "tile-value": 9, "tile-note": 18 };

  const findElement = (id) => document.getElementById(id);

  function make(tag, className, content = []) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...content);
    return element;
  }

  function setText(id, text, find = findElement) {
    const element = find(id);
    // Writing an equal text would make a screen reader announce a live region again.
    if (!element || text === undefined || element.textContent === text) return;
    element.textContent = text;
    // A long text gets a smaller type, so that it fits into its tile on one line.
    for (const [name, length] of Object.entries(MAX_LENGTHS))
      if (element.classList.contains(name)) element.classList.toggle("long", text.length > length);
  }

  // As `setText`, for elements; without any content the element is empty.
  function setContent(id, content = []) {
    const element = findElement(id);
    const next = make("div", "", content);
    if (element && element.innerHTML !== next.innerHTML) element.replaceChildren(...next.childNodes);
  }

  function setShare(id, share, find) {
    const row = find(id);
    if (!row) return;
    row.style.setProperty("--share", share);
    row.classList.toggle("none", share === 0);
  }

  function setState(id, state, find = findElement) {
    const element = find(id);
    if (element) element.dataset.state = state;
  }

  // `find` returns the element of an id: the one of the document, unless a script has drawn its own.
  function writeReply(reply, find = findElement) {
    for (const [id, text] of Object.entries(reply.texts)) setText(id, text, find);
    for (const [id, share] of Object.entries(reply.shares)) setShare(id, share, find);
    for (const [id, state] of Object.entries(reply.states)) setState(id, state, find);
  }

  function nameDocument(texts) {
    window.dash_clientside.navigation.arrive();
    window.dash_clientside.folds.restore();
    Object.assign(document.documentElement, { lang: texts.tag, dir: texts.direction });
    document.title = texts.title;
    // Dash's links take no such attribute.
    for (const link of document.querySelectorAll("header nav a")) {
      if (link.classList.contains("chosen"))
        link.setAttribute("aria-current", link.classList.contains("lang") ? "true" : "page");
      else link.removeAttribute("aria-current");
    }
    return texts.lang;
  }

  window.dash_clientside.dom = { make, setText, setContent, setState, writeReply, nameDocument };
})();
