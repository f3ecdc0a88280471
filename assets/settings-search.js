// The search of the settings: shows the fields whose group, label, unit, name or choices hold all words.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, dom } = app;
  const find = (id) => document.getElementById(id);
  const normalize = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const splitWords = (query) => normalize(query).split(/\s+/).filter(Boolean);

  const readName = (id) => (id.startsWith("{") ? JSON.parse(id).name : id);

  function readText(box, ...others) {
    const names = [...box.querySelectorAll("[id]")].map(({ id }) => readName(id));
    return normalize([...others, box.dataset.field ?? "", ...names, box.textContent].join(" "));
  }

  const hasWords = (text, words) => words.every((word) => text.includes(word));

  // A group opens while it holds matches, and is as it was once the search is empty.
  function openGroup(group, words, count) {
    group.toggleAttribute("data-unmatched", !count);
    if (words.length) {
      group.dataset.before ??= String(group.open);
      group.open = count > 0;
    } else if (group.dataset.before) {
      group.open = group.dataset.before === "true";
      delete group.dataset.before;
    }
  }

  function filterGroup(group, words) {
    const title = group.querySelector("summary").textContent;
    const boxes = [...group.querySelectorAll(".field")];
    for (const box of boxes) box.toggleAttribute("data-unmatched", !hasWords(readText(box, title), words));
    const count = boxes.filter((box) => !box.hasAttribute("data-unmatched")).length;
    openGroup(group, words, words.length ? count : 1);
    return group.hidden ? 0 : count;
  }

  function filterBars(words) {
    const buttons = [...find(ids.SETTINGS_ELSEWHERE).querySelectorAll("button")];
    for (const button of buttons) button.hidden = !words.length || !hasWords(readText(button), words);
    const count = buttons.filter(({ hidden }) => !hidden).length;
    find(ids.SETTINGS_ELSEWHERE).hidden = !count;
    return count;
  }

  function search(query) {
    const words = splitWords(query);
    const groups = [...document.querySelectorAll(".form-group")];
    const counts = [...groups.map((group) => filterGroup(group, words)), filterBars(words)];
    const count = counts.reduce((sum, n) => sum + n, 0);
    const { found, not_found } = app.live.page.texts;
    const text = count ? found.replace("{count}", count) : not_found;
    dom.setText(ids.SETTINGS_COUNT, words.length ? text : "");
    find(ids.ADVANCED).toggleAttribute("data-searched", words.length > 0);
  }

  function clear() {
    app.set_props(ids.SETTINGS_SEARCH, { value: "" });
    search("");
  }

  function open() {
    find(ids.ADVANCED).open = true;
    find(ids.ADVANCED).scrollIntoView();
    find(ids.SETTINGS_SEARCH).focus({ preventScroll: true });
  }

  // On a phone the bar shows its settings on request.
  function focusBar(name) {
    const field = app.form.findField(name) ?? find(ids[name.toUpperCase()]);
    if (!field.checkVisibility()) find(ids.MORE_SETTINGS).click();
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  }

  document.addEventListener("input", ({ target }) => target.id === ids.SETTINGS_SEARCH && search(target.value));
  document.addEventListener("keydown", ({ key, target }) => {
    if (key === "Escape" && target.id === ids.SETTINGS_SEARCH) clear();
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.(`#${ids.SETTINGS_ELSEWHERE} button`);
    if (button) focusBar(button.dataset.field);
    if (target.closest?.(`#${ids.SETTINGS_OPEN}`)) open();
  });

  app.settingsSearch = { clear };
})();
