// What the page writes by itself of an answer: a text, a share or a state costs one element here, and all of them in React.
(function () {
  "use strict";

  function write(answer) {
    for (const [id, text] of Object.entries(answer.texts)) {
      const element = document.getElementById(id);
      if (element && element.textContent !== text) element.textContent = text;
    }
    for (const [id, share] of Object.entries(answer.shares)) {
      const row = document.getElementById(id);
      if (!row) continue;
      row.style.setProperty("--share", share);
      row.classList.toggle("none", share === 0);
    }
    for (const [id, state] of Object.entries(answer.states)) {
      const element = document.getElementById(id);
      if (element) element.dataset.state = state;
    }
  }

  function named(texts) {
    document.documentElement.lang = texts.lang;
    document.title = texts.title;
    return texts.lang;
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.page = { write, named };
})();
